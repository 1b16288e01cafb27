package io.tilefold.cli;

/** A started ingest or serving node. {@code close} stops it in order and returns when it is stopped. */
interface RunningRole extends AutoCloseable {
    /** Where its gRPC service listens, {@code HOST:PORT}. */
    String address();

    /** Returns when the node stopped, by {@code close} or by itself. */
    void awaitStopped() throws InterruptedException;
}
