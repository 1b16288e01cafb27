package io.tilefold.client.upload;

/** Hears how far a segment is. Called on the thread that uploads, after each chunk; a resume can take the count back. */
@FunctionalInterface
public interface UploadProgress {
    UploadProgress NONE = (shard, sentLength, length) -> {};

    void sent(int shard, long sentLength, long length);
}
