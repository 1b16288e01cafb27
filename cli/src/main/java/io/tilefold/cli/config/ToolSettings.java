package io.tilefold.cli.config;

import io.tilefold.client.NodeCredentials;
import java.util.List;

/** Settings of the commands that talk to nodes or read tables: {@code compile}, {@code upload}, {@code daily}, {@code fetch}, {@code status}, {@code loadtest} and the like. Their options win. */
public record ToolSettings(
        @Setting("The serving node that fetch and loadtest ask, HOST:PORT.")
        String server,

        @Setting("The ingest nodes that upload sends to, HOST:PORT: of each shard group one, any member. status,"
                + " snapshot and rollback ask all of them.")
        List<String> ingest,

        @Setting("Tables for compile, upload and backfill, each NAME=PATH[?format=parquet|csv|json]; those not named"
                + " are looked up in Spark's catalog.")
        List<String> tables,

        @Setting("PEM file of the authorities that sign the nodes' certificates; empty: connections are not encrypted.")
        String tlsAuthorities,

        @Setting("PEM file of the command's own certificate, where the nodes ask for one; empty: none.")
        String tlsCertificate,

        @Setting("PEM file of its private key.") String tlsKey,

        @Setting("File whose first line is the token to send, where the nodes ask who calls; empty: none.")
        String tokenFile,

        @Setting("Cores of local Spark for upload and backfill.")
        int cores) {

    private static final int CORES_MAX = 1024;

    public static final ToolSettings DEFAULTS =
            new ToolSettings("127.0.0.1:7071", List.of("127.0.0.1:7070"), List.of(), "", "", "", "", 2);

    public ToolSettings {
        InvalidSettingException.requireText("server", server);
        ingest = List.copyOf(ingest);
        if (ingest.isEmpty()) {
            throw new InvalidSettingException("ingest", "ingest: names no node; give one of each shard group");
        }
        tables = List.copyOf(tables);
        if (tlsCertificate.isEmpty() != tlsKey.isEmpty()) {
            throw new InvalidSettingException(
                    tlsKey.isEmpty() ? "tlsKey" : "tlsCertificate",
                    "tlsCertificate and tlsKey belong together: give both, or neither");
        }
        if (tlsAuthorities.isEmpty() && !tlsCertificate.isEmpty()) {
            throw new InvalidSettingException("tlsCertificate", "tlsCertificate: needs tlsAuthorities");
        }
        InvalidSettingException.requireInRange("cores", cores, 1, CORES_MAX);
    }

    /** With which nodes are reached. */
    public NodeCredentials credentials() {
        return new NodeCredentials(tlsAuthorities, tlsCertificate, tlsKey, tokenFile);
    }
}
