package io.tilefold.batch;

import io.tilefold.client.NodeCredentials;
import picocli.CommandLine.Option;

/** With what a job reaches ingest nodes: files that are there, under the same names, where the driver and where its executors run. */
final class NodeOptions {
    @Option(
            names = "--tls-authorities",
            paramLabel = "FILE",
            description =
                    "PEM, of those who sign the ingest nodes' certificates. Without it connections are not encrypted.")
    private String authorities = "";

    @Option(
            names = "--tls-certificate",
            paramLabel = "FILE",
            description = "PEM, the job's own certificate, where the nodes ask for one.")
    private String certificate = "";

    @Option(names = "--tls-key", paramLabel = "FILE", description = "PEM, its private key.")
    private String key = "";

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "Its first line is the token to send, where the nodes ask who calls.")
    private String token = "";

    /** @throws JobException if some of them need others */
    NodeCredentials credentials() {
        try {
            return new NodeCredentials(authorities, certificate, key, token);
        } catch (IllegalArgumentException e) {
            throw new JobException("--tls-certificate: " + e.getMessage(), e);
        }
    }
}
