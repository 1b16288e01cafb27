package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import io.tilefold.core.tile.SegmentException;
import io.tilefold.core.tile.SegmentHeader;
import io.tilefold.core.tile.SegmentReader;
import io.tilefold.core.tile.SegmentStructure;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ObjLongConsumer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/** One run of {@link StoreInspector#verify}: goes on after a problem, with the next file. */
final class StoreCheck {
    private final StoreDirectory directory;
    private final StoreIdentity identity;
    private final ObjLongConsumer<Path> progress;
    private final List<StoreFindings.Problem> problems = new ArrayList<>();
    private final Map<VersionId, Version> committed = new HashMap<>();
    private int files;
    private long bytes;
    private long baseRecords;
    private long liveRecords;
    private long busy;

    private record VersionId(DefinitionId id, long version) {}

    StoreCheck(StoreDirectory directory, StoreIdentity identity, ObjLongConsumer<Path> progress) {
        this.directory = directory;
        this.identity = identity;
        this.progress = progress;
    }

    StoreFindings run() {
        hasRead(directory.identity()); // it was, when the store was opened
        ControlPage.Publication publication = checkControl();
        if (publication != null) {
            hasRead(directory.control());
        }
        Manifest published = checkManifests(publication);
        checkBases();
        checkSnapshot();
        if (publication != null && published != null) {
            for (Manifest.Entry entry : published.groupBys()) {
                if (entry.hasLive()) {
                    checkLive(directory.live(publication.generation(), entry.id(), entry.activation()), publication);
                }
            }
        }
        return new StoreFindings(files, bytes, baseRecords, liveRecords, busy, List.copyOf(problems));
    }

    private ControlPage.@Nullable Publication checkControl() {
        try {
            ControlPage control = ControlPage.openForReading(directory.files(), directory.control());
            if (control == null) {
                return null;
            }
            try {
                return control.publication();
            } finally {
                control.unmap();
            }
        } catch (StoreException e) {
            problem(directory.control(), e);
            return null;
        }
    }

    private @Nullable Manifest checkManifests(ControlPage.@Nullable Publication publication) {
        Manifest published = null;
        for (long number : directory.numbers(directory.manifests())) {
            Path file = directory.manifest(number);
            try {
                Manifest manifest = Manifest.read(directory, number, identity);
                if (manifest == null) {
                    continue; // removed in the meantime
                }
                hasRead(file);
                manifest.groupBys().forEach(this::commit);
                if (publication != null && publication.manifestNumber() == number) {
                    published = manifest;
                }
            } catch (StoreException e) {
                problem(file, e);
            }
        }
        if (publication != null && published == null && problems.isEmpty()) {
            problem(
                    directory.manifest(publication.manifestNumber()),
                    directory.manifest(publication.manifestNumber()) + " is published and missing");
        }
        return published;
    }

    private void commit(Manifest.Entry entry) {
        for (Version version : new @Nullable Version[] {entry.current(), entry.former()}) {
            if (version != null) {
                committed.put(new VersionId(entry.id(), version.number()), version);
            }
        }
    }

    private void checkBases() {
        for (DefinitionId id : directory.definitions()) {
            for (long version : directory.numbers(directory.versions(id))) {
                for (int shard = 0; shard < identity.shardCount(); shard++) {
                    checkSegmentFile(directory.segment(id, version, shard));
                }
            }
        }
    }

    private void checkSegmentFile(Path file) {
        try {
            checkSegment(file);
        } catch (SegmentException | StoreException e) {
            problem(file, e);
        } catch (IndexOutOfBoundsException e) {
            problem(file, file + ": its records contradict their lengths: " + e.getMessage());
        }
    }

    private void checkSegment(Path file) {
        UnsafeBuffer buffer = DurableFile.map(directory.files(), file, Mappings.Kind.SEGMENT);
        if (buffer == null) {
            return; // not uploaded, or removed in the meantime
        }
        try {
            SegmentReader segment = new SegmentReader(buffer, file.toString());
            checkPlace(file, segment.header());
            segment.verify();
            baseRecords +=
                    new SegmentStructure(segment, file.toString()).check(length -> progress.accept(file, length));
            files++;
            bytes += buffer.capacity();
        } finally {
            Mappings.unmap(buffer);
        }
    }

    private void checkPlace(Path file, SegmentHeader header) {
        Path expected = directory.segment(header.definitionId(), header.version(), header.shard());
        Version version = committed.get(new VersionId(header.definitionId(), header.version()));
        if (!expected.equals(file)
                || header.shardCount() != identity.shardCount()
                || (version != null && version.batchEndMs() != header.batchEndMs())) {
            throw new StoreException(
                    StoreException.Code.MISMATCH, "segment " + file + ", offset 0: it is of " + header);
        }
    }

    private void checkSnapshot() {
        Path file = directory.snapshot();
        try (ReadableByteChannel channel = directory.files().open(file)) {
            StoreSnapshot.verify(StoreSnapshot.ofFile(file, channel), identity);
            hasRead(file);
        } catch (NoSuchFileException e) {
            // None was taken.
        } catch (IOException e) {
            problem(file, DurableFile.failed("read", file, e));
        } catch (StoreException e) {
            problem(file, e);
        }
    }

    private void checkLive(LiveDirectory live, ControlPage.Publication publication) {
        LiveView view;
        try {
            view = LiveView.open(live, identity.shardCount());
        } catch (StoreException e) {
            problem(live.roots(), e);
            return;
        }
        if (view == null) {
            missing(live, publication);
            return;
        }
        try {
            for (int shard = 0; shard < identity.shardCount(); shard++) {
                checkLive(live, view.shard(shard), shard, publication);
            }
        } finally {
            view.unmap();
        }
    }

    private void checkLive(LiveDirectory live, LiveShardView view, int shard, ControlPage.Publication publication) {
        LiveShardCheck check = new LiveShardCheck(live, shard, identity.shardCount(), progress);
        try {
            if (new LiveScan(view).run(check)) {
                liveRecords += check.records();
                busy += check.busy();
                check.problems().forEach(this::add);
            } else {
                missing(live, publication);
            }
        } catch (StoreException e) {
            problem(live.path(), e);
        }
    }

    /** Files of a generation are gone: a problem only if it is still published. */
    private void missing(LiveDirectory live, ControlPage.Publication publication) {
        ControlPage.Publication now = checkControl();
        if (now != null && now.generation() == publication.generation()) {
            problem(live.path(), live + ": live files that are published are missing");
        }
    }

    private void hasRead(Path file) {
        long length = StoreInspector.length(directory, file).orElse(0);
        files++;
        bytes += length;
        progress.accept(file, length);
    }

    private void problem(Path file, RuntimeException what) {
        problem(file, String.valueOf(what.getMessage()));
    }

    private void problem(Path file, String what) {
        add(new StoreFindings.Problem(file.toString(), what));
    }

    private void add(StoreFindings.Problem problem) {
        if (problems.size() < StoreFindings.PROBLEMS_MAX) {
            problems.add(problem);
        }
    }
}
