package io.tilefold.batch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Uploads that keep tiles of day partitions beside uploads from the sources: equal bytes whatever happened to the table in between, and what was read is what was said. */
class KeptTilesTest {
    private static final int SHARDS = 2;
    private static final LocalDate LAST = Rides.END_DS;
    private static final String OLD_DAY = "2001-01-24";
    private static final String OTHER_DAY = "2001-01-28";
    private static final long HOUR_MS = 3_600_000;

    @TempDir
    private Path directory;

    private String printed = "";
    private UploadRuns uploads;

    @BeforeEach
    void start() throws IOException {
        uploads = new UploadRuns(directory, SHARDS);
    }

    @AfterEach
    void stop() throws InterruptedException {
        uploads.close();
    }

    @Test
    void whatIsKeptGivesTheBytesThatTheSourcesGive() {
        Seeds.forEach(1, random -> {
            CompiledGroupBy groupBy = Rides.groupBy("rides_by_area", "rides", Accuracy.TEMPORAL);
            List<Map<String, Object>> rows = Rides.rows(random, 1_000, false);
            write(rows.subList(0, 960));
            LocalDate first = LAST.minusDays(2);

            assertEqualBytes(groupBy, first);
            assertThat(printed)
                    .contains("0 of 16 day partitions from kept tiles, 16 from the sources: 16 new (2001-01-23,");

            // A late file, a file written again with other bytes of the same length, a damaged tile, a damaged note;
            // the rest is not even read.
            Files.copy(partFile("2001-01-26"), day(OLD_DAY).resolve("late.csv"));
            age(day(OLD_DAY).resolve("late.csv"));
            replaceDigit(partFile(OTHER_DAY));
            damage(tileFile("2001-01-30"));
            Files.writeString(note("2001-02-01"), "{");
            assertEqualBytes(groupBy, first.plusDays(1));
            assertThat(printed)
                    .contains("12 of 17 day partitions from kept tiles, 5 from the sources: ")
                    .contains("2 files changed (" + OLD_DAY + ", " + OTHER_DAY + ")")
                    .contains("1 new (2001-02-08)")
                    .contains("1 kept tiles damaged: source-0-2001-02-01.json cannot be read: ")
                    .containsPattern("1 kept tiles damaged: run-[^ ]+: its checksum does not agree");

            assertEqualBytes(groupBy, LAST);
            assertThat(printed)
                    .contains("17 of 18 day partitions from kept tiles, 1 from the sources: 1 new (2001-02-09)");
            assertEqualBytes(groupBy, LAST);
            assertThat(printed).contains("18 of 18 day partitions from kept tiles, 0 from the sources");

            // Back to an earlier day, whose windows begin at finer hops than was kept of what is old by now.
            assertEqualBytes(groupBy, first.minusDays(1));
            assertThat(printed)
                    .containsPattern("([89]|10) of 15 day partitions.*: [5-7] kept tiles are of a later day's upload");
        });
    }

    /** A function of setups is a matter of the definition, whose id has its text. */
    @Test
    void aQuerysFunctionsAreNoReasonToReadItAnew() {
        Seeds.forEach(1, random -> {
            write(Rides.rows(random, 240, false));
            CompiledGroupBy groupBy = tipsBy("x + 1");
            assertEqualBytes(groupBy, LAST);
            assertThat(printed).contains("0 of 18 day partitions from kept tiles");
            assertEqualBytes(groupBy, LAST);
            assertThat(printed).contains("18 of 18 day partitions from kept tiles, 0 from the sources");
            String ofOne = upload(groupBy, LAST, "tiles");

            CompiledGroupBy changed = tipsBy("x + 2");
            assertThat(upload(changed, LAST, "tiles")).isNotEqualTo(ofOne);
            assertThat(printed).contains("18 definition changed");
            assertThat(problem(tipsBy("x + CAST(rand() AS INT)")))
                    .hasValueSatisfying(problem -> assertThat(problem).contains("not deterministic"));
        });
    }

    private static CompiledGroupBy tipsBy(String body) {
        Query query = Rides.query()
                .select("tip", "moved(tip)")
                .setups(List.of("CREATE TEMPORARY FUNCTION moved(x INT) RETURNS INT RETURN " + body))
                .build();
        return Rides.groupBy("moved_tips", Accuracy.TEMPORAL, Source.events("rides", query));
    }

    @Test
    void aChangedDefinitionStartsAnewAndLeavesNothingBehind() {
        Seeds.forEach(1, random -> {
            write(Rides.rows(random, 240, false));
            CompiledGroupBy groupBy = thirds("thirds", "2d", "");
            String first = upload(groupBy, LAST, "tiles");
            assertThat(printed).contains("18 new");
            // Sums of thirds are rounded: the bytes are those of the same tiles, kept or not.
            assertThat(upload(groupBy, LAST, "tiles")).isEqualTo(first);
            assertThat(printed).contains("18 of 18");
            assertThat(upload(groupBy, LAST, "other_tiles")).isEqualTo(first);

            CompiledGroupBy changed = thirds("thirds", "6h");
            String fewer = upload(changed, LAST, "tiles");
            assertThat(printed)
                    .contains("0 of 2 day partitions")
                    .contains("2 definition changed (2001-02-08, 2001-02-09)");
            assertThat(upload(changed, LAST, "tiles")).isEqualTo(fewer);
            assertThat(upload(changed, LAST.minusDays(1), "tiles")).isNotEqualTo(fewer);
            upload(changed, LAST, "tiles");
            try (Stream<Path> kept = Files.list(
                    directory.resolve("tiles/thirds").resolve(changed.id().hex()))) {
                assertThat(kept.map(path -> path.getFileName().toString()).filter(name -> name.startsWith("source")))
                        .as("what is older than the window is deleted")
                        .containsExactlyInAnyOrder("source-0-2001-02-08.json", "source-0-2001-02-09.json");
            }
        });
    }

    @Test
    void partitionsThatAreStillBeingWrittenAreNotKept() throws IOException {
        write(Rides.rows(new SplittableRandom(7), 200, false));
        CompiledGroupBy groupBy = thirds("young", "6h");
        Files.setLastModifiedTime(
                partFile("2001-02-09"),
                FileTime.fromMillis(System.currentTimeMillis() + HOUR_MS)); // another machine's clock
        String first = upload(groupBy, LAST, "tiles");
        assertThat(printed).contains("2 new").contains("not kept, their files changed within 2 s or meanwhile: 1");
        assertThat(upload(groupBy, LAST, "tiles")).isEqualTo(first);
        assertThat(printed).contains("1 of 2 day partitions from kept tiles");
    }

    @Test
    void aCommitLeavesARecordOfWhatWasReadAndWhatWasSent() throws IOException {
        List<Map<String, Object>> rows = Rides.rows(new SplittableRandom(8), 300, false);
        write(rows);
        CompiledGroupBy groupBy = Rides.groupBy("rides_by_area", "rides", Accuracy.SNAPSHOT);
        UploadReport report =
                uploads.run(tables(), groupBy, LAST, null, "records").report();

        Path file = directory.resolve("records/rides_by_area-2001-02-09-v1.json");
        JsonNode record = new ObjectMapper().readTree(file.toFile());
        assertThat(record.get("definition").asText()).isEqualTo(groupBy.id().hex());
        assertThat(record.get("version").asLong()).isEqualTo(report.version());
        assertThat(record.get("how").asText()).isEqualTo("from the sources");
        assertThat(record.get("keys").asLong()).isEqualTo(report.keys());
        assertThat(record.at("/positions/0/position").asLong()).isEqualTo(4096);
        assertThat(record.at("/rows/read").asLong()).isEqualTo(report.tally().read);
        assertThat(record.at("/rows/kept").asLong()).isEqualTo(report.tally().kept());
        assertThat(record.get("segments")).hasSize(SHARDS);
        for (JsonNode segment : record.get("segments")) {
            byte[] bytes = Files.readAllBytes(
                    uploads.node().segmentFile(1, segment.get("shard").asInt()));
            java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
            crc.update(bytes);
            assertThat(segment.get("length").asLong()).isEqualTo(bytes.length);
            assertThat(Integer.parseUnsignedInt(segment.get("crc32c").asText(), 16))
                    .isEqualTo((int) crc.getValue());
        }
        JsonNode last = record.at("/sources/0/partitions/17");
        assertThat(last.get("day").asText()).isEqualTo("2001-02-09");
        assertThat(last.at("/files/bytes").asLong()).isEqualTo(Files.size(partFile("2001-02-09")));
        assertThat(last.at("/files/newestMs").asLong())
                .isEqualTo(Files.getLastModifiedTime(partFile("2001-02-09")).toMillis());
        try (Stream<Path> all = Files.list(directory.resolve("records"))) {
            assertThat(all.filter(path -> !path.toString().endsWith(".crc"))).containsExactly(file);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "IF(current_date() > DATE'2001-01-01', tip, 0) | asks for the current time",
                "CAST(tip + rand() AS INT)                     | not deterministic",
                "(SELECT max(1) FROM VALUES (1) AS t(a))       | has a subquery",
                "plus_one(tip)                                 | not Spark's own",
            })
    void whatIsNoMatterOfTheFilesIsReadFromTheSources(String tip, String why) throws IOException {
        write(Rides.rows(new SplittableRandom(9), 60, false));
        LocalSpark.session()
                .udf()
                .register(
                        "plus_one",
                        (Integer value) -> value == null ? null : value + 1,
                        org.apache.spark.sql.types.DataTypes.IntegerType);
        CompiledGroupBy groupBy = Rides.groupBy(
                "from_sources",
                Accuracy.TEMPORAL,
                Source.events("rides", Rides.query().select("tip", tip).build()));
        assertThat(problem(groupBy))
                .hasValueSatisfying(problem ->
                        assertThat(problem).startsWith("rides: its query").contains(why));
    }

    @Test
    void tablesOfOtherKindsAndRandomSketchesAreReadFromTheSources() throws IOException {
        write(Rides.rows(new SplittableRandom(9), 60, false));
        LocalSpark.session().sql("CREATE OR REPLACE TEMP VIEW both_rides AS SELECT * FROM csv.`" + table() + "`");
        assertThat(problem(Rides.groupBy("plain", "rides", Accuracy.TEMPORAL))).isEmpty();
        LocalSpark.writeCatalogTable("kept_rides", Rides.COLUMNS, Rides.rows(new SplittableRandom(9), 60, false));
        assertThat(problem(Rides.groupBy("catalog", "kept_rides", Accuracy.TEMPORAL)))
                .isEmpty();
        LocalSpark.session()
                .sql(
                        "CREATE OR REPLACE VIEW rides_view AS SELECT * FROM kept_rides UNION ALL SELECT * FROM kept_rides");
        assertThat(problem(Rides.groupBy("view", "rides_view", Accuracy.TEMPORAL)))
                .hasValueSatisfying(problem -> assertThat(problem).contains("rides_view: it is no table of files"));
        GroupBy percentiles = GroupBy.builder("percentiles")
                .source(Source.events("rides", Query.builder().timeColumn("ts").build()))
                .keys("city")
                .aggregate(Aggregation.of("approx_percentile", "tip")
                        .args(new io.tilefold.core.algebra.OperationArgs(
                                java.util.OptionalInt.empty(), List.of(0.5), java.util.OptionalInt.empty()))
                        .windows("1d"))
                .build();
        Schema selected = Schema.of(new Field("city", Scalar.STRING), new Field("tip", Scalar.INT));
        assertThat(problem(Rides.compiled(percentiles, Rides.DECLARED, selected)))
                .hasValue("approx_percentile of tip does not come out the same twice");
        Query timed = Rides.query().build();
        Source cumulative = new Source.Events("rides", Optional.empty(), timed, true);
        assertThat(problem(Rides.groupBy("cumulative", Accuracy.SNAPSHOT, cumulative)))
                .hasValue("rides is cumulative: each of its partitions is all of history");
    }

    private Optional<String> problem(CompiledGroupBy groupBy) {
        return new GroupByUpload(LocalSpark.session(), tables(), groupBy, LAST).problemWithTiles();
    }

    /** Sums of numbers that are no whole multiple of a power of two. */
    private static CompiledGroupBy thirds(String name, String... windows) {
        GroupBy.Builder definition = GroupBy.builder(name)
                .source(Source.events(
                        "rides",
                        Query.builder()
                                .select("third", "fare / 3")
                                .timeColumn("ts")
                                .build()))
                .keys("city");
        for (String window : windows) {
            Aggregation.Builder sum = Aggregation.of("sum", "third");
            Aggregation.Builder skew = Aggregation.of("skew", "third");
            definition
                    .aggregate(window.isEmpty() ? sum : sum.windows(window))
                    .aggregate(window.isEmpty() ? skew : skew.windows(window));
        }
        Schema selected = Schema.of(new Field("city", Scalar.STRING), new Field("third", Scalar.DOUBLE));
        return Rides.compiled(definition.build(), Rides.DECLARED, selected);
    }

    private void assertEqualBytes(CompiledGroupBy groupBy, LocalDate day) throws IOException {
        String fromTiles;
        // Bytes of a partition that nothing happened to: were it read, the upload would fail.
        Path untouched = partFile("2001-01-27");
        byte[] good = Files.readAllBytes(untouched);
        boolean isKept = Files.exists(note("2001-01-27"));
        if (isKept) {
            byte[] bad = good.clone();
            Arrays.fill(bad, (byte) '"');
            rewrite(untouched, bad);
        }
        try {
            fromTiles = upload(groupBy, day, "tiles");
        } finally {
            rewrite(untouched, good);
        }
        String said = printed;
        assertThat(fromTiles).isEqualTo(upload(groupBy, day, null));
        printed = said;
    }

    private static void rewrite(Path file, byte[] bytes) throws IOException {
        FileTime time = Files.getLastModifiedTime(file);
        Files.write(file, bytes);
        Files.setLastModifiedTime(file, time);
    }

    /** The records of all shards without what says the version, and what the report says of rows. */
    private String upload(CompiledGroupBy groupBy, LocalDate day, @Nullable String tiles) throws IOException {
        UploadRuns.Run run = uploads.run(tables(), groupBy, day, tiles, null);
        printed = run.printed();
        UploadReport report = run.report();
        StringBuilder all = new StringBuilder();
        Tally tally = report.tally();
        all.append(List.of(tally.read, tally.nullKey, tally.nullTime, tally.afterEnd, tally.beforeReach));
        assertThat(report.keys()).isPositive();
        for (int shard = 0; shard < SHARDS; shard++) {
            byte[] records = uploads.records(report.version(), shard);
            all.append(Arrays.hashCode(records))
                    .append(',')
                    .append(records.length)
                    .append(';');
        }
        return all.toString();
    }

    private Tables tables() {
        return new Tables(
                LocalSpark.session(),
                List.of(new TableLocation("rides", table().toString(), TableLocation.Format.CSV)));
    }

    private Path table() {
        return directory.resolve("rides");
    }

    private void write(List<Map<String, Object>> rows) throws IOException {
        LocalSpark.write(table(), TableLocation.Format.CSV, Rides.COLUMNS, rows);
        try (Stream<Path> files = Files.walk(table())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (file.toString().endsWith(".crc")) {
                    Files.delete(file); // as tables are that others than Hadoop wrote
                } else {
                    age(file);
                }
            }
        }
    }

    private static void age(Path file) throws IOException {
        Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis() - HOUR_MS));
    }

    private Path day(String day) {
        return table().resolve("ds=" + day);
    }

    private Path partFile(String day) throws IOException {
        return only(day(day), ".csv");
    }

    private Path tileFile(String day) throws IOException {
        JsonNode note = new ObjectMapper().readTree(note(day).toFile());
        return note(day).resolveSibling(note.at("/tiles/0/path").asText());
    }

    private Path note(String day) throws IOException {
        Path kept = directory.resolve("tiles/rides_by_area");
        return Files.exists(kept) ? only(kept, "").resolve("source-0-" + day + ".json") : kept;
    }

    private static Path only(Path directory, String suffix) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            List<Path> found =
                    new ArrayList<>(files.filter(path -> path.toString().endsWith(suffix)
                                    && path.getFileName().toString().charAt(0) != '.')
                            .toList());
            assertThat(found).hasSize(1);
            return found.get(0);
        }
    }

    /** Another number in the last line of a CSV file, and a later time. */
    private static void replaceDigit(Path file) throws IOException {
        String text = Files.readString(file);
        int at = text.lastIndexOf(",9"); // a time: 98...
        assertThat(at).isPositive();
        String changed = text.substring(0, at + 9) + (text.charAt(at + 9) == '5' ? '6' : '5') + text.substring(at + 10);
        Files.writeString(file, changed);
        Files.setLastModifiedTime(file, FileTime.fromMillis(System.currentTimeMillis() - HOUR_MS / 2));
    }

    private static void damage(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Files.write(file, bytes);
        Files.delete(file.resolveSibling("." + file.getFileName() + ".crc")); // few file systems have one
    }
}
