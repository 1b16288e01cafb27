package io.tilefold.serving.peer;

import io.grpc.Context;
import io.tilefold.proto.serving.v1.PeerReadRequest;
import io.tilefold.proto.serving.v1.PeerReadResponse;
import java.util.function.Consumer;

/**
 * What a shard group is asked.
 *
 * @param untilNs when the answer must be there, by {@link System#nanoTime}
 * @param context of the call that wants to know: where it is cancelled, so is this
 * @param check throws {@link IllegalArgumentException} if an answer is not one to this request; on an event loop
 */
public record PeerRequest(
        int shardGroup, PeerReadRequest message, long untilNs, Context context, Consumer<PeerReadResponse> check) {}
