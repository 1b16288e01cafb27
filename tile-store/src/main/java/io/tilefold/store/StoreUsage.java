package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes a store's files have on disk. While its writer runs that is at most, per active GroupBy, the current version, the former one and those
 * being uploaded; one live generation and, until the writer has caught up, the one before it; two manifests; the snapshot and, while it is
 * written, another. Files that were removed and are still mapped count no more here, but keep their space until the readers close their views.
 *
 * @param versions of base segments, those under way included
 * @param live GroupBys' live files
 * @param snapshotBytes of the snapshot and of one being written
 * @param otherBytes of identity, lock and control page
 */
public record StoreUsage(
        List<VersionUsage> versions, List<LiveUsage> live, long manifestBytes, long snapshotBytes, long otherBytes) {
    /** One version of one GroupBy. */
    public record VersionUsage(DefinitionId id, long version, long bytes) {}

    /** @param directory below {@code live}: the generation, and the GroupBy's abbreviated id with the number of its activation */
    public record LiveUsage(long generation, String directory, long bytes) {}

    /** Looks at a store's files, with or without a writer; what goes while it looks is not counted. */
    public static StoreUsage of(Path directory) {
        return of(new StoreDirectory(directory, LocalFiles.INSTANCE));
    }

    static StoreUsage of(StoreDirectory directory) {
        try {
            StoreFiles files = directory.files();
            long others = length(files, directory.identity())
                    + length(files, DurableFile.aside(directory.identity()))
                    + length(files, directory.lock())
                    + length(files, directory.control());
            return new StoreUsage(
                    versions(directory),
                    live(directory),
                    bytesIn(files, directory.manifests()),
                    length(files, directory.snapshot()) + length(files, DurableFile.aside(directory.snapshot())),
                    others);
        } catch (IOException e) {
            throw DurableFile.failed("measure", directory.root(), e);
        }
    }

    private static List<VersionUsage> versions(StoreDirectory directory) throws IOException {
        List<VersionUsage> versions = new ArrayList<>();
        for (DefinitionId id : directory.definitions()) {
            for (long version : directory.numbers(directory.versions(id))) {
                long bytes = bytesIn(directory.files(), directory.version(id, version));
                versions.add(new VersionUsage(id, version, bytes));
            }
        }
        return List.copyOf(versions);
    }

    private static List<LiveUsage> live(StoreDirectory directory) throws IOException {
        List<LiveUsage> live = new ArrayList<>();
        for (long generation : directory.numbers(directory.generations())) {
            Path path = directory.generation(generation);
            for (String name : directory.files().list(path)) {
                live.add(new LiveUsage(generation, name, bytesIn(directory.files(), path.resolve(name))));
            }
        }
        return List.copyOf(live);
    }

    private static long bytesIn(StoreFiles files, Path directory) throws IOException {
        long bytes = 0;
        for (String name : files.list(directory)) {
            bytes += length(files, directory.resolve(name));
        }
        return bytes;
    }

    private static long length(StoreFiles files, Path file) throws IOException {
        try {
            return files.length(file);
        } catch (NoSuchFileException e) {
            return 0;
        }
    }

    /** Bytes of base segments. */
    public long baseBytes() {
        return versions.stream().mapToLong(VersionUsage::bytes).sum();
    }

    /** Bytes of live files, of all generations on disk. */
    public long liveBytes() {
        return live.stream().mapToLong(LiveUsage::bytes).sum();
    }

    /** Bytes of all files. */
    public long totalBytes() {
        return baseBytes() + liveBytes() + manifestBytes + snapshotBytes + otherBytes;
    }
}
