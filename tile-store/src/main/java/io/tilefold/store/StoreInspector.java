package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.key.ShardSet;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a store for people: read-only, beside a running writer or without one, leaving no trace. What the writer changes while this looks
 * shows as before or after. Confined to one thread.
 */
public final class StoreInspector {
    private final StoreDirectory directory;
    private final StoreIdentity identity;

    private StoreInspector(StoreDirectory directory, StoreIdentity identity) {
        this.directory = directory;
        this.identity = identity;
    }

    /**
     * Opens a store.
     *
     * @throws StoreException {@code MISMATCH} if the directory is no store, {@code CORRUPT} naming the file if its identity is damaged
     */
    public static StoreInspector open(Path root) {
        return open(root, LocalFiles.INSTANCE);
    }

    static StoreInspector open(Path root, StoreFiles files) {
        StoreDirectory directory = new StoreDirectory(root, files);
        StoreIdentity identity = StoreIdentity.read(directory.files(), directory.identity());
        if (identity == null) {
            throw new StoreException(
                    StoreException.Code.MISMATCH,
                    root + " is no tile store: it has no file "
                            + directory.identity().getFileName());
        }
        return new StoreInspector(directory, identity);
    }

    /** The shard group whose store it is. */
    public int shardGroup() {
        return identity.shardGroup();
    }

    /** The shards that the group owns. */
    public ShardSet shards() {
        return identity.shards();
    }

    /** What is in it. */
    public StoreOverview inspect() {
        ControlPage control = ControlPage.openForReading(directory.files(), directory.control());
        try {
            ControlPage.Publication publication = control == null ? null : control.publication();
            Manifest manifest = manifest(publication);
            List<StoreOverview.GroupBy> groupBys = new ArrayList<>();
            if (manifest != null) {
                for (Manifest.Entry entry : manifest.groupBys()) {
                    groupBys.add(groupBy(entry, publication));
                }
            }
            return new StoreOverview(
                    directory.root().toString(),
                    identity.shardGroup(),
                    identity.shardCount(),
                    identity.shards().toString(),
                    publication != null,
                    publication == null ? null : publication.number(),
                    publication == null ? null : publication.generation(),
                    manifest == null ? null : manifest.number(),
                    control == null || publication == null ? null : (Long) control.position(),
                    control == null ? null : positive(control.caughtUpAtMs()),
                    control == null ? null : positive(control.heartbeatMs()),
                    manifest == null ? 0 : manifest.catalog().length,
                    diskUse(manifest),
                    groupBys);
        } finally {
            if (control != null) {
                control.unmap();
            }
        }
    }

    /**
     * Reads every byte of every durable file against its checksum, and looks at every record of base and of the published live tiles.
     *
     * @param progress takes each file and the number of its bytes read since the last call for it
     */
    public StoreFindings verify(ObjLongConsumer<Path> progress) {
        return new StoreCheck(directory, identity, progress).run();
    }

    /** How full it is. Reads all records. */
    public StoreStatistics stats() {
        ControlPage.Publication publication = publication();
        Manifest manifest = manifest(publication);
        List<StoreStatistics.GroupBy> groupBys = new ArrayList<>();
        if (manifest != null) {
            for (Manifest.Entry entry : manifest.groupBys()) {
                groupBys.add(new StoreStatistics.GroupBy(
                        entry.id().hex(),
                        entry.name(),
                        BaseStatistics.of(directory, identity.shardCount(), entry),
                        publication == null || !entry.hasLive()
                                ? null
                                : LiveStatistics.of(
                                        directory.live(publication.generation(), entry.id(), entry.activation()),
                                        identity.shardCount())));
            }
        }
        return new StoreStatistics(diskUse(manifest), groupBys);
    }

    private ControlPage.@Nullable Publication publication() {
        ControlPage control = ControlPage.openForReading(directory.files(), directory.control());
        if (control == null) {
            return null;
        }
        try {
            return control.publication();
        } finally {
            control.unmap();
        }
    }

    /** The published manifest; while nothing is published the newest on disk; null if there is none. */
    private @Nullable Manifest manifest(ControlPage.@Nullable Publication publication) {
        if (publication != null) {
            return Manifest.read(directory, publication.manifestNumber(), identity);
        }
        SortedSet<Long> numbers = directory.numbers(directory.manifests());
        return numbers.isEmpty() ? null : Manifest.read(directory, numbers.last(), identity);
    }

    private StoreOverview.GroupBy groupBy(Manifest.Entry entry, ControlPage.@Nullable Publication publication) {
        List<Long> others = new ArrayList<>(directory.numbers(directory.versions(entry.id())));
        others.removeIf(entry::uses);
        return new StoreOverview.GroupBy(
                entry.id().hex(),
                entry.name(),
                version(entry.id(), entry.current()),
                version(entry.id(), entry.former()),
                others,
                publication == null || !entry.hasLive()
                        ? null
                        : live(directory.live(publication.generation(), entry.id(), entry.activation())));
    }

    private StoreOverview.@Nullable Version version(DefinitionId id, @Nullable Version version) {
        if (version == null) {
            return null;
        }
        List<Integer> missing = new ArrayList<>();
        long bytes = 0;
        for (int shard : identity.shards().list()) {
            OptionalLong length = length(directory.segment(id, version.number(), shard));
            bytes += length.orElse(0);
            if (length.isEmpty()) {
                missing.add(shard);
            }
        }
        return new StoreOverview.Version(
                version.number(), version.batchEndMs(), identity.shards().size() - missing.size(), missing, bytes);
    }

    private StoreOverview.@Nullable Live live(LiveDirectory live) {
        LiveView view = LiveView.open(live, identity.shardCount());
        if (view == null) {
            return null;
        }
        try {
            long keys = 0;
            for (int shard = 0; shard < identity.shardCount(); shard++) {
                keys += view.keys(shard);
            }
            long indexBytes = 0;
            long regionBytes = 0;
            for (String name : names(live.path())) {
                long length = length(live.path().resolve(name)).orElse(0);
                indexBytes += name.contains(".index-") ? length : 0;
                regionBytes += name.contains(".region-") ? length : 0;
            }
            OptionalLong newest = view.newestEventMs();
            return new StoreOverview.Live(
                    keys, indexBytes, regionBytes, newest.isEmpty() ? null : (Long) newest.getAsLong());
        } finally {
            view.unmap();
        }
    }

    private StoreOverview.DiskUse diskUse(@Nullable Manifest manifest) {
        StoreUsage usage = StoreUsage.of(directory);
        long current = 0;
        long former = 0;
        if (manifest != null) {
            for (Manifest.Entry entry : manifest.groupBys()) {
                current += bytes(usage, entry.id(), entry.current());
                former += bytes(usage, entry.id(), entry.former());
            }
        }
        return new StoreOverview.DiskUse(
                usage.totalBytes(),
                current,
                former,
                usage.baseBytes() - current - former,
                usage.liveBytes(),
                usage.manifestBytes(),
                usage.snapshotBytes(),
                usage.otherBytes());
    }

    private static long bytes(StoreUsage usage, DefinitionId id, @Nullable Version version) {
        return version == null
                ? 0
                : usage.versions().stream()
                        .filter(one -> one.id().equals(id) && one.version() == version.number())
                        .mapToLong(StoreUsage.VersionUsage::bytes)
                        .sum();
    }

    private List<String> names(Path path) {
        try {
            return directory.files().list(path);
        } catch (IOException e) {
            throw DurableFile.failed("list", path, e);
        }
    }

    private OptionalLong length(Path file) {
        return length(directory, file);
    }

    /** Empty if there is no such file. */
    static OptionalLong length(StoreDirectory directory, Path file) {
        try {
            return OptionalLong.of(directory.files().length(file));
        } catch (NoSuchFileException e) {
            return OptionalLong.empty();
        } catch (IOException e) {
            throw DurableFile.failed("read the length of", file, e);
        }
    }

    private static @Nullable Long positive(long timeMs) {
        return timeMs > 0 ? (Long) timeMs : null;
    }
}
