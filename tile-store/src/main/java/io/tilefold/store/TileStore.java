package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.key.ShardSet;
import io.tilefold.core.tile.SegmentHeader;
import io.tilefold.core.tile.SegmentSummary;
import io.tilefold.core.time.Hop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The writer's side of a store: one per directory at a time, confined to one thread except where a method says otherwise.
 *
 * <p>Begins with nothing: the caller replays its log, that is {@link #activate}, {@link #commit} and {@link GroupByStore#apply} in their order,
 * and calls {@link #publish} after each batch of entries. Until the position published before is reached, readers keep what the writer before
 * this one had published. Depends on no clock; what it holds follows from the calls alone.
 */
public final class TileStore implements AutoCloseable {
    private static final byte[] NO_CATALOG = new byte[0];

    /** Index slots of one GroupBy swept for what has expired at each log entry, beside those at each event. */
    private static final int SLOTS_SWEPT_PER_ENTRY = 64;

    private final StoreDirectory directory;
    private final StoreIdentity identity;
    private final StoreLock lock;
    private final ControlPage control;
    private final long generation;
    private final ControlPage.@Nullable Publication inherited;
    private final long inheritedPosition;
    private final @Nullable Manifest inheritedManifest;
    private final Map<DefinitionId, GroupByStore> groupBys = new LinkedHashMap<>();
    private final List<Path> unusedLive = new ArrayList<>();
    private final List<UnusedVersion> unusedVersions = new ArrayList<>();
    private byte[] catalog = NO_CATALOG;
    private long manifestNumber;
    private boolean manifestChanged = true;
    private boolean generationPublished;
    private boolean unusedLeft;
    private long activations;
    private long position = Long.MIN_VALUE;
    private long applying;
    private List<GroupByStore> swept = List.of();
    private int sweptNext;
    private boolean closed;

    private record UnusedVersion(DefinitionId id, long version) {}

    private TileStore(StoreDirectory directory, StoreIdentity identity, StoreLock lock, ControlPage control) {
        this.directory = directory;
        this.identity = identity;
        this.lock = lock;
        this.control = control;
        this.applying = control.applying();
        this.inherited = control.publication();
        this.inheritedPosition =
                inherited == null ? Long.MIN_VALUE : Math.max(inherited.position(), control.position());
        this.inheritedManifest =
                inherited == null ? null : Manifest.read(directory, inherited.manifestNumber(), identity);
        if (inheritedManifest != null) {
            // Those not in use when this writer first publishes have gone, perhaps by an entry before its snapshot.
            inheritedManifest.groupBys().forEach(this::unused);
        }
        SortedSet<Long> manifests = directory.numbers(directory.manifests());
        this.manifestNumber = manifests.isEmpty() ? 0 : manifests.last();
        long published = inherited == null ? 0 : inherited.generation();
        long newest = published;
        for (long number : directory.numbers(directory.generations())) {
            newest = Math.max(newest, number);
            if (number != published) {
                directory.remove(directory.generation(number)); // of a writer that never published it
            }
        }
        directory.remove(DurableFile.aside(directory.snapshot())); // of a writer that died over it
        this.generation = newest + 1;
        DurableFile.createDirectories(directory.files(), directory.manifests());
        DurableFile.createDirectories(directory.files(), directory.generation(generation));
    }

    /**
     * Opens a store for writing, makes it if the directory is empty or absent, and begins a new generation of live tiles.
     *
     * @param shards those that the shard group owns
     * @throws StoreException {@code LOCKED} if another writer has it open, {@code MISMATCH} if it belongs to another shard group, has another
     *     number of shards or owns others, {@code CORRUPT} if it is no store
     */
    public static TileStore open(Path directory, int shardGroup, ShardSet shards) {
        return open(directory, shardGroup, shards, LocalFiles.INSTANCE);
    }

    /** As {@link #open(Path, int, ShardSet)} of a group that owns all shards of a deployment of so many. */
    public static TileStore open(Path directory, int shardGroup, int shardCount) {
        return open(directory, shardGroup, ShardSet.all(shardCount));
    }

    static TileStore open(Path directory, int shardGroup, int shardCount, StoreFiles files) {
        return open(directory, shardGroup, ShardSet.all(shardCount), files);
    }

    static TileStore open(Path directory, int shardGroup, ShardSet shards, StoreFiles files) {
        if (shardGroup < 0) {
            throw new IllegalArgumentException("shard group " + shardGroup);
        }
        StoreDirectory store = new StoreDirectory(directory, files);
        DurableFile.createDirectories(files, directory);
        StoreLock lock = StoreLock.acquire(store.lock(), directory);
        ControlPage control = null;
        try {
            StoreIdentity identity = identify(store, new StoreIdentity(shardGroup, shards));
            control = ControlPage.openForWriting(files, store.control());
            return new TileStore(store, identity, lock, control);
        } catch (RuntimeException | Error e) {
            if (control != null) {
                control.unmap();
            }
            lock.release();
            throw e;
        }
    }

    private static StoreIdentity identify(StoreDirectory store, StoreIdentity expected) {
        StoreIdentity found = StoreIdentity.read(store.files(), store.identity());
        if (found == null) {
            expected.write(store.files(), store.identity());
        } else if (!found.equals(expected)) {
            throw new StoreException(
                    StoreException.Code.MISMATCH,
                    "tile store " + store.root() + " is of shard group " + found.shardGroup() + " with "
                            + found.shardCount()
                            + " shards, of which it owns " + found.shards() + "; configured are shard group "
                            + expected.shardGroup() + " with " + expected.shardCount() + " shards, owning "
                            + expected.shards() + ": shards are set once per deployment");
        }
        return expected;
    }

    /** Replaces the active set. Ids that stay keep base and live; those that go lose both. Visible at the next {@link #publish}. */
    public void activate(byte[] catalogBytes, List<ActiveGroupBy> active) {
        Map<DefinitionId, GroupByStore> next = createMissing(active);
        Map<DefinitionId, GroupByStore> before = new LinkedHashMap<>(groupBys);
        before.keySet().removeAll(next.keySet());
        become(next, catalogBytes.clone());
        for (GroupByStore gone : before.values()) {
            unusedLive.add(gone.close());
            unused(gone.manifestEntry());
        }
    }

    private void become(Map<DefinitionId, GroupByStore> active, byte[] activeCatalog) {
        groupBys.clear();
        groupBys.putAll(active);
        catalog = activeCatalog;
        manifestChanged = true;
        swept = List.copyOf(groupBys.values());
        sweptNext = 0;
    }

    /** The stores of a new active set; if one cannot be made, none of the new ones is left. */
    private Map<DefinitionId, GroupByStore> createMissing(List<ActiveGroupBy> active) {
        Map<DefinitionId, GroupByStore> next = new LinkedHashMap<>();
        List<GroupByStore> created = new ArrayList<>();
        try {
            for (ActiveGroupBy groupBy : active) {
                GroupByStore known = groupBys.get(groupBy.id());
                if (known == null) {
                    known = create(groupBy);
                    created.add(known);
                }
                next.put(groupBy.id(), known);
            }
        } catch (RuntimeException | Error e) {
            discard(created);
            throw e;
        }
        return next;
    }

    private void discard(Collection<GroupByStore> made) {
        made.stream().map(GroupByStore::close).toList().forEach(directory::remove);
    }

    private GroupByStore create(ActiveGroupBy groupBy) {
        long activation = ++activations;
        return new GroupByStore(
                groupBy, activation, identity.shards(), directory.live(generation, groupBy.id(), activation));
    }

    /** The active GroupBy with this id; null if there is none. */
    public @Nullable GroupByStore groupBy(DefinitionId id) {
        return groupBys.get(id);
    }

    /** A segment to be written into the store. Any thread. */
    public SegmentFile newSegment(DefinitionId id, long version, int shard) {
        return new SegmentFile(directory.files(), directory.segment(id, version, shard));
    }

    /** Where a segment belongs; its directory exists. {@link #newSegment} writes it so that a crash does no harm. Any thread. */
    public Path segmentFile(DefinitionId id, long version, int shard) {
        DurableFile.createDirectories(directory.files(), directory.version(id, version));
        return directory.segment(id, version, shard);
    }

    /**
     * Verifies a segment's header, footer and every checksum. Any thread.
     *
     * @throws io.tilefold.core.tile.SegmentException naming file and offset
     * @throws StoreException naming the file, if it is missing or is another segment
     */
    public SegmentSummary verifySegment(DefinitionId id, long version, int shard, long batchEndMs) {
        checkBatchEnd(batchEndMs);
        return SegmentVerifier.verify(
                directory.files(),
                directory.segment(id, version, shard),
                new SegmentHeader(id, version, shard, identity.shardCount(), batchEndMs));
    }

    /**
     * Makes a version current at the next {@link #publish}; the one before becomes former, the one before that is removed then. To commit the
     * current version again changes nothing. Looks at no file: a version without its files answers {@link ReadResult#BASE_MISSING}. Commits
     * and rollbacks of several GroupBys before one publish show at one instant.
     *
     * <p>Live keeps events from the earlier of the two batch ends on; what lies before neither version needs, and it goes, a few keys at a time,
     * with the calls that follow. No answer depends on when.
     *
     * @throws IllegalArgumentException if the GroupBy is not active, B is no day's beginning, B lies before what live keeps, or the number was
     *     committed with another B. Nothing has changed then
     */
    public void commit(DefinitionId id, long version, long batchEndMs) {
        checkBatchEnd(batchEndMs);
        unused(id, active(id).commit(new Version(version, batchEndMs)));
        manifestChanged = true;
    }

    /**
     * Takes back the last commit, at the next {@link #publish}: the former version is current again, and every answer is as if the newer one had
     * never been committed, events that arrived meanwhile included. The newer one is forgotten and its files removed: to have it after all is
     * another upload; there is no former version until the next commit. (Who wants to go back and keep both commits the former version
     * instead: the two then change places.)
     *
     * @throws IllegalArgumentException if the GroupBy is not active
     * @throws IllegalStateException if it has no former version: after one commit alone, or a rollback before. Nothing has changed then
     */
    public void rollback(DefinitionId id) {
        unused(id, active(id).rollback());
        manifestChanged = true;
    }

    /**
     * Says whether a GroupBy's live tiles still lack events that were there before it became active: its answers are marked then. Visible at the
     * next {@link #publish}; no part of a snapshot, so say it again after a {@link #restore(SnapshotSource, Function)}.
     *
     * @throws IllegalArgumentException if the GroupBy is not active
     */
    public void catchingUp(DefinitionId id, boolean now) {
        manifestChanged |= active(id).catchingUp(now);
    }

    private GroupByStore active(DefinitionId id) {
        GroupByStore groupBy = groupBys.get(id);
        if (groupBy == null) {
            throw new IllegalArgumentException("GroupBy " + id + " is not active");
        }
        return groupBy;
    }

    private static void checkBatchEnd(long batchEndMs) {
        if (Hop.DAY.floor(batchEndMs) != batchEndMs) {
            throw new IllegalArgumentException("batch end " + batchEndMs + " ms is no day's beginning (UTC)");
        }
    }

    private void unused(Manifest.Entry entry) {
        unused(entry.id(), entry.current());
        unused(entry.id(), entry.former());
    }

    private void unused(DefinitionId id, @Nullable Version version) {
        if (version != null) {
            unusedVersions.add(new UnusedVersion(id, version.number()));
        }
    }

    /**
     * Removes the files of an upload that was not committed.
     *
     * @throws IllegalStateException if the version is committed, or published by the writer before and not superseded yet
     */
    public void dropVersion(DefinitionId id, long version) {
        if (isInUse(id, version)) {
            throw new IllegalStateException(
                    "version " + version + " of GroupBy " + id + " is in use: it cannot be dropped");
        }
        directory.removeDurably(directory.version(id, version));
    }

    /** Has readers look again for segments that were missing when they looked, at the next {@link #publish}. */
    public void segmentsArrived() {
        manifestChanged = true;
    }

    /** Versions of which some file is on disk. Any thread. */
    public Set<Long> versionsOnDisk(DefinitionId id) {
        return directory.numbers(directory.versions(id));
    }

    /**
     * Says that effects of the entry that ends at this position may be seen from now on: tiles are readable as they are applied, before {@link #publish}
     * says that an entry is visible as a whole. Call it before applying the entry. Never goes back, a replay included.
     *
     * <p>Also lets one GroupBy drop some of what expired at its last commit, so that this ends without events of its own.
     */
    public void applying(long logPosition) {
        sweepNext();
        if (logPosition > applying) {
            applying = logPosition;
            control.applying(logPosition);
        }
    }

    private void sweepNext() {
        if (!swept.isEmpty()) {
            sweptNext = (sweptNext + 1) % swept.size();
            swept.get(sweptNext).sweep(SLOTS_SWEPT_PER_ENTRY);
        }
    }

    /**
     * Makes all that was applied, activated and committed so far visible. A new generation is published only when it has reached the position
     * published before; until then this does nothing.
     *
     * @param logPosition of the last entry applied; never smaller than the one before
     * @param caughtUpAtMs last moment at which live stood at its topics' end, epoch milliseconds; 0: never
     */
    public void publish(long logPosition, long caughtUpAtMs) {
        if (logPosition < position) {
            throw new IllegalArgumentException("log position " + logPosition + " after " + position);
        }
        position = logPosition;
        if (!generationPublished && logPosition < inheritedPosition) {
            return;
        }
        if (manifestChanged || !generationPublished) {
            publishManifest();
        }
        control.position(logPosition, caughtUpAtMs);
        if (unusedLeft) {
            removeUnused();
        }
    }

    private void publishManifest() {
        manifestNumber++;
        List<Manifest.Entry> entries =
                groupBys.values().stream().map(GroupByStore::manifestEntry).toList();
        new Manifest(manifestNumber, identity.shardGroup(), identity.shardCount(), catalog, entries)
                .write(directory.files(), directory.manifest(manifestNumber));
        control.publish(generation, manifestNumber, position);
        manifestChanged = false;
        generationPublished = true;
        unusedLeft = true;
    }

    /** Removes what no reader can come upon any more by looking at what is published. Those that have it mapped keep it. */
    private void removeUnused() {
        if (inherited != null) {
            directory.remove(directory.generation(inherited.generation()));
        }
        unusedLive.forEach(directory::remove);
        unusedLive.clear();
        for (UnusedVersion unused : unusedVersions) {
            if (!isInUse(unused.id(), unused.version())) {
                directory.removeDurably(directory.version(unused.id(), unused.version()));
            }
        }
        unusedVersions.clear();
        for (long number : directory.numbers(directory.manifests())) {
            if (number < manifestNumber - 1) {
                directory.remove(directory.manifest(number));
            }
        }
        unusedLeft = false;
    }

    private boolean isInUse(DefinitionId id, long version) {
        GroupByStore groupBy = groupBys.get(id);
        if (groupBy != null && groupBy.manifestEntry().uses(version)) {
            return true;
        }
        return !generationPublished
                && inheritedManifest != null
                && inheritedManifest.groupBys().stream()
                        .anyMatch(entry -> entry.id().equals(id) && entry.uses(version));
    }

    /**
     * Writes all that the writer knows, to where {@link #restore(SnapshotSource, Function)} will find it again: catalog, versions, counters, live
     * records. Segments are not in it. The same entries give the same bytes. Takes one block of memory and a few MB; changes nothing.
     *
     * @param logPosition of the last entry applied
     */
    public void snapshot(long logPosition, SnapshotSink sink) throws IOException {
        StoreSnapshot.write(sink, logPosition, identity, catalog, groupBys.values());
    }

    /** Writes a snapshot to the store's own directory; after a crash the one before is there, or this one. */
    public void snapshot(long logPosition) {
        DurableFile.write(directory.files(), directory.snapshot(), output -> {
            snapshot(
                    logPosition,
                    (block, offset, length) ->
                            DurableFile.writeFully(output, ByteBuffer.wrap(block.byteArray(), offset, length)));
        });
    }

    /**
     * Begins with a snapshot instead of nothing; the entries behind its position follow. Visible at the next {@link #publish}.
     *
     * @param compile gives the GroupBys of a catalog
     * @return the position at which it was taken
     * @throws StoreException naming source and offset: {@code CORRUPT}, {@code TOO_OLD}, {@code TOO_NEW}, {@code MISMATCH}, {@code IO}. The
     *     store then is as it was before
     * @throws IllegalStateException if something was activated or published already
     */
    public long restore(SnapshotSource source, Function<byte[], List<ActiveGroupBy>> compile) {
        if (!groupBys.isEmpty() || position != Long.MIN_VALUE) {
            throw new IllegalStateException("tile store " + directory.root() + " has begun: it takes no snapshot");
        }
        StoreSnapshot.Restored restored = StoreSnapshot.read(source, identity, compile, this::create, this::discard);
        become(restored.groupBys(), restored.catalog());
        position = restored.position();
        return position;
    }

    /** As {@link #restore(SnapshotSource, Function)} with the snapshot of the store's own directory; empty if there is none. */
    public OptionalLong restore(Function<byte[], List<ActiveGroupBy>> compile) {
        Path file = directory.snapshot();
        try (ReadableByteChannel channel = directory.files().open(file)) {
            return OptionalLong.of(restore(StoreSnapshot.ofFile(file, channel), compile));
        } catch (NoSuchFileException e) {
            return OptionalLong.empty();
        } catch (IOException e) {
            throw DurableFile.failed("read", file, e);
        }
    }

    /** Tells readers that the writer lives. Call it at least every second. */
    public void heartbeat(long nowMs) {
        control.heartbeat(nowMs);
    }

    /** Sizes of the live parts of all active GroupBys. */
    public List<GroupByStats> stats() {
        return groupBys.values().stream().map(GroupByStore::stats).toList();
    }

    /** Unmaps everything and lets the next writer in. What is published stays so. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        groupBys.values().forEach(GroupByStore::close);
        control.unmap();
        lock.release();
    }
}
