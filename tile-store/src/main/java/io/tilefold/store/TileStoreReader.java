package io.tilefold.store;

import io.tilefold.core.definition.DefinitionId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The readers' side of a store, in any process on the host. Shared by threads; leaves no trace in the store. Holds mappings only: those of a
 * view until it is closed, all of them until this is closed. A mapped file keeps its space on disk, so whoever follows a store for long closes
 * the views it no longer reads.
 */
public final class TileStoreReader implements AutoCloseable {
    /** How often a view is begun anew because the writer published in the meantime. */
    private static final int VIEW_TRIES = 100;

    private final StoreDirectory directory;
    private final StoreIdentity identity;
    private final ControlPage control;
    private final @Nullable Object controlKey;
    private final Set<StoreView> views = Collections.newSetFromMap(new IdentityHashMap<>());
    private volatile @Nullable StoreView view;
    private boolean closed;

    private TileStoreReader(
            StoreDirectory directory, StoreIdentity identity, ControlPage control, @Nullable Object controlKey) {
        this.directory = directory;
        this.identity = identity;
        this.control = control;
        this.controlKey = controlKey;
    }

    /**
     * Opens a store for reading; no writer need be running.
     *
     * @throws StoreUnavailableException if nothing is published in the directory
     * @throws StoreException if what is published cannot be read
     */
    public static TileStoreReader open(Path directory) {
        return open(directory, LocalFiles.INSTANCE);
    }

    static TileStoreReader open(Path root, StoreFiles files) {
        StoreDirectory directory = new StoreDirectory(root, files);
        StoreIdentity identity = StoreIdentity.read(files, directory.identity());
        Object controlKey = keyOfControl(directory);
        ControlPage control = identity == null ? null : ControlPage.openForReading(files, directory.control());
        if (identity == null || control == null || control.publicationNumber() == 0) {
            if (control != null) {
                control.unmap();
            }
            throw new StoreUnavailableException("nothing is published in the tile store " + root
                    + ": its ingest node has not started, or not caught up since the host did");
        }
        TileStoreReader reader = new TileStoreReader(directory, identity, control, controlKey);
        try {
            reader.view();
        } catch (RuntimeException e) {
            control.unmap();
            throw e;
        }
        return reader;
    }

    /**
     * What is published now. One load if nothing changed since the last call. Views taken before stay readable; answers from one view agree on
     * catalog and versions, while live tiles show every event as it is applied.
     *
     * @throws StoreException if what is published cannot be read; a view taken before still can
     */
    public StoreView view() {
        StoreView known = view;
        return known != null && known.publicationNumber() == control.publicationNumber() ? known : open();
    }

    /** True if nothing was published since this view of this store: one load, never a mapping. For threads that must not block. */
    public boolean isCurrent(StoreView seen) {
        return seen.publicationNumber() == control.publicationNumber();
    }

    /**
     * False if the directory holds another control page than the one that this reader has mapped, or none: the store was removed, or made anew. Then nothing of what is
     * published there is seen here. Asks the file system.
     */
    public boolean isInPlace() {
        return controlKey == null || controlKey.equals(keyOfControl(directory));
    }

    private static @Nullable Object keyOfControl(StoreDirectory directory) {
        try {
            return directory.files().key(directory.control());
        } catch (IOException gone) {
            return null;
        }
    }

    /** Position in the log up to which everything is visible. Read it before the view whose answers it is to vouch for. */
    public long position() {
        return control.position();
    }

    /** No entry behind this position shows in what was read before this call. At least {@link #position}. */
    public long applyingPosition() {
        return Math.max(control.applying(), control.position());
    }

    /** Last moment at which live stood at its topics' end, epoch milliseconds; 0: never. */
    public long caughtUpAtMs() {
        return control.caughtUpAtMs();
    }

    /** The writer's last sign of life, epoch milliseconds; 0: none yet. */
    public long heartbeatMs() {
        return control.heartbeatMs();
    }

    private synchronized StoreView open() {
        if (closed) {
            throw new IllegalStateException("the reader of tile store " + directory.root() + " is closed");
        }
        StoreView known = view;
        for (int tries = 0; tries < VIEW_TRIES; tries++) {
            ControlPage.Publication publication = control.publication();
            if (publication == null) {
                throw new StoreUnavailableException("nothing is published in the tile store " + directory.root());
            }
            if (known != null && known.publicationNumber() == publication.number()) {
                return known;
            }
            StoreView opened = open(publication, known);
            if (opened != null && control.publicationNumber() == publication.number()) {
                views.add(opened);
                view = opened;
                return opened;
            }
            if (opened != null) {
                opened.release();
            }
            if (opened == null && control.publicationNumber() == publication.number()) {
                throw new StoreException(
                        StoreException.Code.CORRUPT,
                        "tile store " + directory.root() + ": files of manifest " + publication.manifestNumber()
                                + " or generation " + publication.generation()
                                + " are missing: restart its ingest node");
            }
        }
        throw new StoreException(
                StoreException.Code.UNAVAILABLE,
                "tile store " + directory.root() + " published anew " + VIEW_TRIES + " times while a view was opened");
    }

    /** @return null if a file is missing: it was replaced in the meantime, if another publication holds */
    private @Nullable StoreView open(ControlPage.Publication publication, @Nullable StoreView known) {
        Manifest manifest = Manifest.read(directory, publication.manifestNumber(), identity);
        if (manifest == null) {
            return null;
        }
        StoreView opened =
                new StoreView(this, publication.number(), manifest, identity.shards(), new LinkedHashMap<>());
        try {
            for (Manifest.Entry entry : manifest.groupBys()) {
                GroupByView before = known == null ? null : known.groupBy(entry.id());
                if (!opened.add(open(entry, publication, before, manifest))) {
                    opened.release();
                    return null;
                }
            }
        } catch (RuntimeException e) {
            opened.release();
            throw e;
        }
        return opened;
    }

    /** @return null if its live files are missing */
    private @Nullable GroupByView open(
            Manifest.Entry entry,
            ControlPage.Publication publication,
            @Nullable GroupByView before,
            Manifest manifest) {
        LiveView live = null;
        if (entry.hasLive()) {
            live = openLive(directory.live(publication.generation(), entry.id(), entry.activation()), before, manifest);
            if (live == null) {
                return null;
            }
        }
        GroupByView former = entry.former() == null
                ? null
                : new GroupByView(
                        entry.ofFormer(),
                        manifest.shardCount(),
                        openBase(entry.id(), entry.former(), before),
                        live,
                        null);
        return new GroupByView(
                entry, manifest.shardCount(), openBase(entry.id(), entry.current(), before), live, former);
    }

    private static @Nullable LiveView openLive(LiveDirectory live, @Nullable GroupByView before, Manifest manifest) {
        LiveView known = before == null ? null : before.live();
        return known != null && known.directory().equals(live) ? known : LiveView.open(live, manifest.shardCount());
    }

    /** The version's segments: those mapped already, if it was current or former before and all of it is there. */
    private @Nullable BaseView openBase(DefinitionId id, @Nullable Version version, @Nullable GroupByView before) {
        if (version == null) {
            return null;
        }
        BaseView known = before == null ? null : before.base(version);
        return known != null && known.problems().isEmpty()
                ? known
                : BaseView.open(directory, id, version, identity.shards());
    }

    synchronized void close(StoreView retired) {
        if (views.remove(retired)) {
            retired.release();
            if (view == retired) {
                view = null;
            }
        }
    }

    /** Unmaps everything. Nobody reads from any of its views any more, nor calls this reader. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        views.forEach(StoreView::release);
        views.clear();
        view = null;
        control.unmap();
    }
}
