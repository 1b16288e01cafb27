package io.tilefold.serving;

import io.tilefold.catalog.CatalogCodec;
import io.tilefold.core.definition.Catalog;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compiles a store's catalogs to targets. The first catalog is waited for. A later one with derivations that are new is compiled on a thread of its own, since
 * Catalyst takes its time; until then the former targets answer. Used by the watch's thread, but for {@link #hasNewer}.
 */
final class CatalogCompiler implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CatalogCompiler.class);
    private static final byte[] NOTHING = {};

    private final SchemaMemory schemas;
    private final Runnable onNewer;
    private final ExpressionCache expressions = new ExpressionCache();
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(task -> StoreWatch.daemon(task, "tilefold-catalog-compiler"));
    private volatile boolean newer;
    private byte[] compiledFrom = NOTHING;
    private Targets compiled = Targets.none();
    private byte[] underWay = NOTHING;

    /** @param onNewer run on any thread when {@link #hasNewer} has become true */
    CatalogCompiler(SchemaMemory schemas, Runnable onNewer) {
        this.schemas = schemas;
        this.onNewer = onNewer;
    }

    /** True if {@link #targets} would give other targets for the same catalog than before. */
    boolean hasNewer() {
        return newer;
    }

    /**
     * Targets of a catalog's bytes.
     *
     * @param former what answers until these can; null: nothing does
     * @throws IllegalStateException if the bytes cannot be read and there are no former targets
     */
    Targets targets(byte[] catalog, @Nullable Targets former) {
        newer = false;
        if (Arrays.equals(catalog, compiledFrom)) {
            return compiled;
        }
        try {
            Catalog decoded = CatalogCodec.decode(catalog);
            ExpressionCache.Expressions from = former == null ? expressions::compiled : expressions::known;
            return keep(catalog, new TargetCompiler(decoded, from).compile());
        } catch (ExpressionCache.NotCompiledException takesTime) {
            compileAside(catalog);
            return former == null ? Targets.none() : former;
        } catch (RuntimeException unreadable) {
            if (former == null) {
                throw new IllegalStateException("its catalog cannot be read: upgrade the node", unreadable);
            }
            LOG.error("the new catalog cannot be read, the old one stays: upgrade the node", unreadable);
            compiledFrom = catalog;
            compiled = former;
            return former;
        }
    }

    private Targets keep(byte[] catalog, Targets targets) {
        expressions.keepAsked();
        schemas.add(targets);
        compiledFrom = catalog;
        compiled = targets;
        LOG.info(
                "catalog with joins {} and group-bys {}",
                targets.joins().served().keySet(),
                targets.groupBys().served().keySet());
        return targets;
    }

    private void compileAside(byte[] catalog) {
        if (Arrays.equals(underWay, catalog)) {
            return;
        }
        underWay = catalog;
        LOG.info("compiling the derivations of a new catalog; the former one answers until then");
        try {
            thread.execute(() -> {
                try {
                    Targets unused = new TargetCompiler(CatalogCodec.decode(catalog), expressions::compiled).compile();
                } finally {
                    newer = true;
                    onNewer.run();
                }
            });
        } catch (RejectedExecutionException closed) {
            LOG.debug("closed before a catalog was compiled");
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
