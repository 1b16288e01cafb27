package io.tilefold.client.upload;

import io.tilefold.client.call.RetryPolicy;

/**
 * Limits of an upload client.
 *
 * @param chunkLength bytes of a chunk, each with its own checksum
 * @param callTimeoutMs deadline of begin, abort and of asking for progress
 * @param commitTimeoutMs deadline of a commit, in which the node verifies every byte
 * @param stallTimeoutMs longest time a segment's stream may stand still before it is broken off and resumed
 * @param retry attempts per call, and per segment: resumes included
 */
public record UploadOptions(
        int chunkLength, long callTimeoutMs, long commitTimeoutMs, long stallTimeoutMs, RetryPolicy retry) {
    public static final int MAX_CHUNK_LENGTH = 1 << 20;
    public static final UploadOptions DEFAULT =
            new UploadOptions(256 << 10, 30_000, 300_000, 60_000, RetryPolicy.DEFAULT);

    public UploadOptions {
        if (chunkLength < 1 || chunkLength > MAX_CHUNK_LENGTH) {
            throw new IllegalArgumentException("chunks of " + chunkLength + " bytes: 1 to " + MAX_CHUNK_LENGTH);
        }
        if (callTimeoutMs < 1 || commitTimeoutMs < 1 || stallTimeoutMs < 1) {
            throw new IllegalArgumentException("timeouts are at least 1 ms: call " + callTimeoutMs + ", commit "
                    + commitTimeoutMs + ", stall " + stallTimeoutMs);
        }
    }
}
