package io.tilefold.cli.config;

import java.util.List;

/** Settings of the commands that talk to nodes or read tables: {@code compile}, {@code upload}, {@code backfill}, {@code fetch}, {@code loadtest}. Their options win. */
public record ToolSettings(
        @Setting("The serving node that fetch and loadtest ask, HOST:PORT.")
        String server,

        @Setting(
                "The ingest nodes that upload sends to, HOST:PORT: of each shard group one, any member. status, snapshot and rollback ask all of them.")
        List<String> ingest,

        @Setting(
                "Tables for compile, upload and backfill, each NAME=PATH[?format=parquet|csv|json]; those not named are looked up in Spark's catalog.")
        List<String> tables,

        @Setting("Cores of local Spark for upload and backfill.")
        int cores) {

    private static final int CORES_MAX = 1024;

    public static final ToolSettings DEFAULTS =
            new ToolSettings("127.0.0.1:7071", List.of("127.0.0.1:7070"), List.of(), 2);

    public ToolSettings {
        InvalidSettingException.requireText("server", server);
        ingest = List.copyOf(ingest);
        if (ingest.isEmpty()) {
            throw new InvalidSettingException("ingest", "ingest: names no node; give one of each shard group");
        }
        tables = List.copyOf(tables);
        InvalidSettingException.requireInRange("cores", cores, 1, CORES_MAX);
    }
}
