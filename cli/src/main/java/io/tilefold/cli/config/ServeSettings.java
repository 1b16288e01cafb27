package io.tilefold.cli.config;

import java.nio.file.Path;
import java.util.List;

/** Settings of a serving node, {@code tilefold serve}. */
public record ServeSettings(
        @Setting("Address to listen on.") String host,

        @Setting("Port of the feature service; 0 picks a free one, the ready line says which.")
        int port,

        @Setting("Tile store to map: the storeDir of the ingest node on this host. Exactly one.")
        List<Path> storeDirs,

        @Setting("An answer is marked STALE when what was applied is older than this many milliseconds.")
        long staleAfterMs,

        @Setting("Most rows in one request; more are refused with RESOURCE_EXHAUSTED.")
        int maxRows,

        @Setting("""
                YAML file that says where the shard groups of the deployment are (examples/config/shards.yaml): keys of other groups are asked of
                their serving nodes. Followed while the node runs. Empty: this node knows its own shards alone.""") String shardMap) {

    private static final long DAY_MS = 86_400_000;
    private static final int ROWS_MAX = 1_000_000;

    public static final ServeSettings DEFAULTS =
            new ServeSettings("127.0.0.1", 7071, List.of(Path.of("data/store")), 10_000, 10_000, "");

    public ServeSettings {
        InvalidSettingException.requireText("host", host);
        InvalidSettingException.requirePort("port", port);
        storeDirs = List.copyOf(storeDirs);
        if (storeDirs.isEmpty()) {
            throw new InvalidSettingException("storeDirs", "storeDirs: names no directory; give one at least");
        }
        InvalidSettingException.requireInRange("staleAfterMs", staleAfterMs, 1, DAY_MS);
        InvalidSettingException.requireInRange("maxRows", maxRows, 1, ROWS_MAX);
    }
}
