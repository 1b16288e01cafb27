package io.tilefold.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Names;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where one GroupBy's tiles are kept from one upload to the next:
 *
 * <pre>
 *  DIR/route/                                    the GroupBy's name, cleaned
 *    3f2a41.../                                  the definition's id
 *      source-0-2001-02-09.json                  {@link DayTiles} of a partition; written last, whole or not at all
 *      run-6f1c.../slot=3/grain=FINE/....parquet what an upload wrote; slot: a partition of a source in that run
 * </pre>
 *
 * Bounded by the partitions that uploads read: what is older than those, replaced, or of another definition is deleted after a commit. Uploads of one
 * GroupBy run one after the other; two at once may cost each other the tiles, never a value.
 */
final class TileDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(TileDirectory.class);
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final String RUN = "run-";

    /** Age at which what a run left that never ended is deleted. */
    private static final long ABANDONED_MS = Days.DAY_MS;

    private final FileSystem files;
    private final Path ofGroupBy;
    private final Path root;

    /** @throws JobException if the path cannot be used */
    TileDirectory(String directory, CompiledGroupBy groupBy, Configuration conf) {
        Path path = new Path(directory, Names.clean(groupBy.name()));
        try {
            files = path.getFileSystem(conf);
            ofGroupBy = files.makeQualified(path);
            root = new Path(ofGroupBy, groupBy.id().hex());
        } catch (IOException e) {
            throw new JobException("--keep-tiles " + directory + ": " + e.getMessage(), e);
        }
    }

    /** A path below this directory, as {@link DayTiles.File} has it. */
    Path resolve(String path) {
        return new Path(root, path);
    }

    Path newRun() {
        return new Path(root, RUN + UUID.randomUUID());
    }

    /** True if tiles of another definition of this GroupBy are kept. */
    boolean hasOtherDefinition() {
        return list(ofGroupBy).stream().anyMatch(file -> !file.getPath().equals(root));
    }

    /** What is kept of a partition; empty if nothing is. What is there and cannot be read is a problem that {@code damage} is told. */
    Optional<DayTiles> find(int source, LocalDate day, java.util.function.Consumer<String> damage) {
        Path path = manifest(source, day);
        try (var in = files.open(path)) {
            return Optional.of(JSON.readValue(in.readAllBytes(), DayTiles.class));
        } catch (FileNotFoundException nothingKept) {
            return Optional.empty();
        } catch (IOException e) {
            damage.accept(
                    path.getName() + " cannot be read: " + JobException.firstLine(String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }

    void keep(LocalDate day, DayTiles tiles) throws IOException {
        writeWhole(files, manifest(tiles.source(), day), tiles);
    }

    /** Writes JSON beside, then renames: a reader sees the file before or this one. */
    static void writeWhole(FileSystem files, Path path, Object json) throws IOException {
        Path unfinished = new Path(path.getParent(), "." + path.getName() + "-" + UUID.randomUUID());
        try (OutputStream out = files.create(unfinished, true)) {
            out.write(JSON.writeValueAsBytes(json));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
        if (!files.rename(unfinished, path)) { // file systems that do not replace
            files.delete(path, false);
            if (!files.rename(unfinished, path)) {
                throw new IOException("cannot rename " + unfinished + " to " + path.getName());
            }
        }
    }

    private Path manifest(int source, LocalDate day) {
        return new Path(root, "source-" + source + "-" + day + ".json");
    }

    /** All files below a run, those of Spark's own bookkeeping left out. */
    List<FileStatus> tilesOf(Path run) throws IOException {
        List<FileStatus> found = new ArrayList<>();
        var all = files.listFiles(run, true);
        while (all.hasNext()) {
            FileStatus file = all.next();
            if (file.getPath().getName().endsWith(".parquet")) {
                found.add(file);
            }
        }
        return found;
    }

    /** The path as {@link #resolve} takes it. */
    String relative(Path path) {
        return root.toUri().relativize(path.toUri()).getPath();
    }

    /**
     * Deletes what no later upload can use. Fails on nothing: what cannot be deleted now is deleted next time.
     *
     * @param kept what this run read or wrote, all of it
     * @param first of each source the first day that this run read: no later run reads earlier ones
     * @param nowMs by the clock that files have
     */
    void deleteOthers(List<DayTiles> kept, List<LocalDate> first, Path ownRun, long nowMs) {
        Set<Path> needed = new HashSet<>();
        kept.forEach(tiles -> needed.add(manifest(tiles.source(), LocalDate.parse(tiles.day()))));
        List<DayTiles> living = new ArrayList<>(kept);
        for (FileStatus file : list(root)) {
            Optional<LocalDate> day = dayOf(file.getPath().getName());
            if (day.isPresent() && !needed.contains(file.getPath())) {
                int source = sourceOf(file.getPath().getName());
                Optional<DayTiles> other = find(source, day.get(), damage -> LOG.warn("{}", damage));
                if (other.isEmpty() || source >= first.size() || day.get().isBefore(first.get(source))) {
                    delete(file.getPath());
                } else {
                    living.add(other.get()); // of a later day than this run's
                }
            }
        }
        Set<String> slots = new HashSet<>();
        living.forEach(tiles -> tiles.tiles().forEach(file -> slots.add(slotOf(file.path()))));
        for (FileStatus run : list(root)) {
            if (run.isDirectory()) {
                deleteUnused(
                        run, slots, run.getPath().equals(ownRun) || nowMs - run.getModificationTime() > ABANDONED_MS);
            }
        }
        for (FileStatus other : list(ofGroupBy)) {
            if (!other.getPath().equals(root) && nowMs - other.getModificationTime() > ABANDONED_MS) {
                delete(other.getPath());
            }
        }
    }

    private void deleteUnused(FileStatus run, Set<String> slots, boolean isOver) {
        boolean used = false;
        for (FileStatus slot : list(run.getPath())) {
            if (slots.contains(relative(slot.getPath()))) {
                used = true;
            } else if (isOver) {
                delete(slot.getPath());
            }
        }
        if (!used && isOver) {
            delete(run.getPath());
        }
    }

    /** {@code run-.../slot=3} of a file's path. */
    private static String slotOf(String path) {
        return String.join("/", Arrays.asList(path.split("/", -1)).subList(0, 2));
    }

    private static Optional<LocalDate> dayOf(String name) {
        return name.matches("source-[0-9]+-.{10}[.]json")
                ? Days.find(name.substring(name.length() - 15, name.length() - 5))
                : Optional.empty();
    }

    private static int sourceOf(String name) {
        return Integer.parseInt(name.substring("source-".length(), name.indexOf('-', "source-".length())));
    }

    private List<FileStatus> list(Path path) {
        try {
            return List.of(files.listStatus(path));
        } catch (FileNotFoundException nothing) {
            return List.of();
        } catch (IOException e) {
            LOG.warn("cannot list {}: {}", path, e.getMessage());
            return List.of();
        }
    }

    private void delete(Path path) {
        try {
            files.delete(path, true);
        } catch (IOException e) {
            LOG.warn("cannot delete {}: {}", path, e.getMessage());
        }
    }

    @Override
    public String toString() {
        return root.toString();
    }
}
