package io.tilefold.batch;

import static org.apache.spark.sql.functions.col;

import io.tilefold.core.algebra.Operation;
import io.tilefold.core.algebra.Operations;
import io.tilefold.core.algebra.TileLayout;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Source;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.PartitionTiles.Grain;
import io.tilefold.core.plan.PartitionTiles.Grid;
import java.io.IOException;
import java.io.PrintStream;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.jspecify.annotations.Nullable;

/**
 * An upload's rows as tiles of day partitions that are kept from one upload to the next: what was folded of a partition whose files are unchanged is read, every other
 * partition is folded from its source and kept. The base is made of the tiles alone, kept or new, so it has the same bytes either way.
 *
 * <p>For GroupBys whose tiles come out the same every time ({@link Operation#isRepeatable}) of sources whose rows are a matter of their files ({@link SourceFiles});
 * {@link #problem} says why another cannot have it.
 */
final class KeptTiles {
    /** Of tiles, their files and what stands beside them: what was written by another is not read. */
    static final String FORMAT = TileLayout.FORMAT_VERSION + ".1";

    /** A file may be written again within a tick of its clock and look the same; so what is younger than this when it is listed is folded and not kept. */
    private static final long YOUNG_MS = 2_000;

    private static final int TASKS_MAX = 10_000;
    private static final int NAMED_DAYS = 3;

    private final SparkSession spark;
    private final CompiledGroupBy groupBy;
    private final List<SourceRows.Scan> scans;
    private final List<SourceFiles> files;
    private final long batchEndMs;
    private final Grid grid;
    private final TileDirectory directory;
    private final Path run;
    private final List<DayTiles> used = new ArrayList<>();
    private final List<DayTiles> kept = new ArrayList<>();
    private final Map<String, List<Slot>> computed = new LinkedHashMap<>();
    private int reused;

    /** A partition of a source. */
    private record Slot(int source, LocalDate day, Fingerprint files) {}

    /** @param files of each scan, without problem */
    KeptTiles(
            SparkSession spark,
            CompiledGroupBy groupBy,
            GroupByPlan plan,
            List<SourceRows.Scan> scans,
            List<SourceFiles> files,
            long batchEndMs,
            String directory) {
        this.spark = spark;
        this.groupBy = groupBy;
        this.scans = scans;
        this.files = files;
        this.batchEndMs = batchEndMs;
        this.grid = new Grid(plan, batchEndMs);
        this.directory = new TileDirectory(directory, groupBy, conf());
        this.run = this.directory.newRun();
    }

    /** Why a GroupBy's tiles cannot be kept; empty if they can. */
    static Optional<String> problem(CompiledGroupBy groupBy, List<SourceFiles> files) {
        for (Aggregation aggregation : groupBy.definition().aggregations()) {
            if (!Operations.find(aggregation.operation())
                    .map(Operation::isRepeatable)
                    .orElse(false)) {
                return Optional.of(aggregation.operation() + " of " + aggregation.inputColumn()
                        + " does not come out the same twice");
            }
        }
        for (int i = 0; i < files.size(); i++) {
            Source.Events source = SourceRows.events(groupBy, i);
            if (groupBy.definition().sources().get(i) instanceof Source.Entities) {
                return Optional.of(source.table() + ": each of its partitions is the whole table");
            }
            if (source.cumulative()) {
                return Optional.of(source.table() + " is cumulative: each of its partitions is all of history");
            }
            if (files.get(i).problem().isPresent()) {
                return Optional.of(
                        source.table() + ": " + files.get(i).problem().get());
            }
        }
        return Optional.empty();
    }

    /** Folds the partitions of which no tiles are kept, and says which they are. */
    void prepare(long listedMs, PrintStream out) {
        Map<Slot, DayTiles> found = new LinkedHashMap<>();
        boolean otherDefinition = directory.hasOtherDefinition();
        for (int source = 0; source < scans.size(); source++) {
            for (LocalDate day : scans.get(source).days()) {
                Fingerprint now = files.get(source).days().getOrDefault(day, Fingerprint.of(List.of()));
                Slot slot = new Slot(source, day, now);
                List<String> damage = new ArrayList<>();
                Optional<DayTiles> tiles = directory.find(source, day, damage::add);
                if (tiles.isPresent() && whyNot(slot, tiles.get()).isEmpty()) {
                    found.put(slot, tiles.get());
                } else {
                    compute(
                            slot,
                            !damage.isEmpty()
                                    ? "kept tiles damaged: " + damage.get(0)
                                    : tiles.map(there -> whyNot(slot, there).orElseThrow())
                                            .orElse(otherDefinition ? "definition changed" : "new"));
                }
            }
        }
        dropDamaged(found);
        found.values().forEach(tiles -> {
            used.add(tiles);
            kept.add(tiles);
        });
        reused = found.size();
        if (!computed.isEmpty()) {
            fold(computed.values().stream().flatMap(List::stream).toList(), listedMs);
        }
        out.println(groupBy.name() + ": " + describe());
    }

    private void compute(Slot slot, String why) {
        computed.computeIfAbsent(why, none -> new ArrayList<>()).add(slot);
    }

    private Optional<String> whyNot(Slot slot, DayTiles tiles) {
        if (!tiles.format().equals(FORMAT)) {
            return Optional.of("format changed");
        }
        if (!tiles.read().equals(files.get(slot.source()).read())) {
            return Optional.of("columns or reader changed");
        }
        if (!tiles.files().equals(slot.files())) {
            return Optional.of("files changed");
        }
        return tiles.batchEndMs() > batchEndMs && !grid.isCoarseEnough(tiles.newestMs())
                ? Optional.of("kept tiles are of a later day's upload")
                : Optional.empty();
    }

    /** Reads the files of all that was found: every byte that is used was seen to be as it was written. */
    private void dropDamaged(Map<Slot, DayTiles> found) {
        List<Slot> slots = new ArrayList<>();
        List<DayTiles.File> tiles = new ArrayList<>();
        found.forEach((slot, ofSlot) -> ofSlot.tiles().forEach(file -> {
            slots.add(slot);
            tiles.add(file);
        }));
        List<TileFileCheck.Checked> checked = TileFileCheck.check(
                spark,
                tiles.stream()
                        .map(file -> directory.resolve(file.path()).toString())
                        .toList());
        for (int i = 0; i < checked.size(); i++) {
            TileFileCheck.Checked is = checked.get(i);
            DayTiles.File was = tiles.get(i);
            if ((is.length() != was.length() || is.crc32c() != was.crc32c()) && found.remove(slots.get(i)) != null) {
                String what = !is.problem().isEmpty()
                        ? is.problem()
                        : is.length() != was.length()
                                ? is.length() + " bytes instead of " + was.length()
                                : "its checksum does not agree";
                compute(slots.get(i), "kept tiles damaged: " + was.path() + ": " + what);
            }
        }
    }

    private void fold(List<Slot> slots, long listedMs) {
        int cores = spark.sparkContext().defaultParallelism();
        int splits = Math.max(1, (2 * cores + slots.size() - 1) / slots.size());
        int tasks = Math.min(slots.size() * splits, TASKS_MAX);
        ShippedPlan shipped = new ShippedPlan(groupBy);
        List<Slot> ordered = new ArrayList<>();
        JavaRDD<InternalRow> rows = null;
        for (int source = 0; source < scans.size(); source++) {
            int ofSource = source;
            List<Slot> some = slots.stream()
                    .filter(slot -> slot.source() == ofSource)
                    .sorted(java.util.Comparator.comparing(Slot::day))
                    .toList();
            if (!some.isEmpty()) {
                JavaRDD<InternalRow> encoded = rows(source, some)
                        .mapPartitions(new DayRowEncoder(
                                shipped,
                                some.stream()
                                        .mapToLong(slot -> slot.day().toEpochDay())
                                        .toArray(),
                                ordered.size(),
                                splits,
                                tasks));
                rows = rows == null ? encoded : rows.union(encoded);
                ordered.addAll(some);
            }
        }
        Dataset<Row> sorted = CatalystRows.frame(spark, Objects.requireNonNull(rows), DayRowEncoder.ENCODED)
                .repartitionById(tasks, col(DayRowEncoder.TASK))
                // The event's bytes last: equal rows give equal tiles whatever the order in which the shuffle delivers.
                .sortWithinPartitions(
                        col(DayRowEncoder.PLACE),
                        col(EventEncoder.KEY),
                        col(EventEncoder.TIME).desc(),
                        col(EventEncoder.EVENT));
        CatalystRows.frame(
                        spark,
                        CatalystRows.of(sorted).mapPartitions(new DayTileTask(shipped, batchEndMs)),
                        DayTileTask.WRITTEN)
                .write()
                .partitionBy(DayTileTask.SLOT, DayTileTask.GRAIN)
                .parquet(run.toString());
        try {
            seal(ordered, listedMs);
        } catch (IOException e) {
            throw new JobException("kept tiles at " + directory + ": " + e.getMessage(), e);
        }
    }

    private JavaRDD<InternalRow> rows(int source, List<Slot> slots) {
        Object[] days =
                slots.stream().map(slot -> (Object) slot.day().toEpochDay()).toArray();
        Dataset<Row> all = scans.get(source).rows();
        return CatalystRows.of(
                days.length == scans.get(source).days().size()
                        ? all
                        : all.where(col(SourceRows.DAY).isin(days)));
    }

    /** Notes what was written, and keeps what its source's files will still tell when they are looked at next time. */
    private void seal(List<Slot> slots, long listedMs) throws IOException {
        List<FileStatus> written = directory.tilesOf(run);
        List<TileFileCheck.Checked> checked = TileFileCheck.check(
                spark, written.stream().map(file -> file.getPath().toString()).toList());
        Map<Integer, List<DayTiles.File>> bySlot = new TreeMap<>();
        Map<Integer, Long> newest = new TreeMap<>();
        for (int i = 0; i < written.size(); i++) {
            Path path = written.get(i).getPath();
            TileFileCheck.Checked file = checked.get(i);
            if (!file.problem().isEmpty()) {
                throw new IOException(path + ", just written, cannot be read: " + file.problem());
            }
            int slot = Integer.parseInt(value(path.getParent().getParent()));
            bySlot.computeIfAbsent(slot, none -> new ArrayList<>())
                    .add(new DayTiles.File(
                            directory.relative(path), value(path.getParent()), file.length(), file.crc32c()));
            newest.merge(slot, file.newestMs(), Math::max);
        }
        for (int i = 0; i < slots.size(); i++) {
            Slot slot = slots.get(i);
            SourceFiles source = files.get(slot.source());
            DayTiles tiles = new DayTiles(
                    FORMAT,
                    slot.source(),
                    slot.day().toString(),
                    source.read(),
                    slot.files(),
                    batchEndMs,
                    newest.getOrDefault(i, Long.MIN_VALUE),
                    bySlot.getOrDefault(i, List.of()));
            used.add(tiles);
            if (slot.files().newestMs() < listedMs - YOUNG_MS && source.isUnchanged(slot.day(), conf())) {
                directory.keep(slot.day(), tiles);
                kept.add(tiles);
            }
        }
    }

    /** {@code FINE} of {@code grain=FINE}. */
    private static String value(@Nullable Path directory) {
        String name = Objects.requireNonNull(directory).getName();
        return name.substring(name.indexOf('=') + 1);
    }

    /** The tiles that the batch end needs, as {@link SegmentTask} takes them. */
    JavaRDD<InternalRow> encoded(int shards) {
        String[] paths = used.stream()
                .flatMap(tiles -> {
                    Grain grain = grid.isCoarseEnough(tiles.newestMs()) ? Grain.COARSE : Grain.FINE;
                    return tiles.tiles().stream()
                            .filter(file -> file.grain().equals(grain.name())
                                    || file.grain().equals(Grain.BOTH.name()));
                })
                .map(file -> directory.resolve(file.path()).toString())
                .toArray(String[]::new);
        Dataset<Row> tiles = paths.length == 0
                ? spark.createDataFrame(List.<Row>of(), DayTileTask.KEPT)
                : spark.read().schema(DayTileTask.KEPT).parquet(paths);
        return CatalystRows.of(tiles).mapPartitions(new TileEncoder(new ShippedPlan(groupBy), batchEndMs, shards));
    }

    /** Deletes what no later upload can use. */
    void tidy() {
        List<LocalDate> first = scans.stream().map(scan -> scan.days().get(0)).toList();
        directory.deleteOthers(kept, first, run, System.currentTimeMillis());
    }

    /** Partitions of which kept tiles were used. */
    int reused() {
        return reused;
    }

    /** {@code "40 of 42 day partitions from kept tiles, 2 from the sources: 1 new (2001-02-09), 1 files changed (2001-01-03)"}. */
    String describe() {
        int all = used.size();
        StringBuilder line = new StringBuilder(
                reused + " of " + all + " day partitions from kept tiles, " + (all - reused) + " from the sources");
        String separator = ": ";
        for (Map.Entry<String, List<Slot>> why : computed.entrySet()) {
            List<Slot> slots = why.getValue();
            line.append(separator)
                    .append(slots.size())
                    .append(' ')
                    .append(why.getKey())
                    .append(" (");
            for (int i = 0; i < Math.min(slots.size(), NAMED_DAYS); i++) {
                line.append(i == 0 ? "" : ", ").append(slots.get(i).day());
            }
            line.append(slots.size() > NAMED_DAYS ? ", ...)" : ")");
            separator = ", ";
        }
        int unkept = used.size() - kept.size();
        if (unkept > 0) {
            line.append("; not kept, their files changed within ")
                    .append(YOUNG_MS / 1_000)
                    .append(" s or meanwhile: ")
                    .append(unkept);
        }
        return line.toString();
    }

    private Configuration conf() {
        return spark.sparkContext().hadoopConfiguration();
    }
}
