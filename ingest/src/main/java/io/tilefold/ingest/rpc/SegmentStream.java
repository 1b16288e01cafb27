package io.tilefold.ingest.rpc;

import com.google.rpc.Code;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tilefold.proto.upload.v1.SegmentChunk;
import io.tilefold.proto.upload.v1.SegmentHeader;
import io.tilefold.proto.upload.v1.UploadSegmentRequest;
import io.tilefold.proto.upload.v1.UploadSegmentResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One UploadSegment call: a header, then chunks, each asked for when the one before is on its way to the disk. */
final class SegmentStream implements StreamObserver<UploadSegmentRequest> {
    private final Uploads uploads;
    private final ServerCallStreamObserver<UploadSegmentResponse> call;
    private @Nullable SegmentUpload segment;
    private long version;
    private boolean failed;

    SegmentStream(Uploads uploads, ServerCallStreamObserver<UploadSegmentResponse> call) {
        this.uploads = uploads;
        this.call = call;
        call.disableAutoRequest();
        call.request(1);
    }

    @Override
    public void onNext(UploadSegmentRequest request) {
        if (failed) {
            return;
        }
        try {
            if (request.hasHeader()) {
                begin(request.getHeader());
            } else if (request.hasChunk()) {
                append(request.getChunk());
            } else {
                throw outOfOrder("a message with neither header nor chunk");
            }
            call.request(1);
        } catch (IOException | RuntimeException e) {
            fail(e);
        }
    }

    private void begin(SegmentHeader header) throws IOException {
        if (segment != null) {
            throw outOfOrder("a second header");
        }
        Upload upload = uploads.get(header.getVersion());
        int shard = header.getShard();
        SegmentUpload opened = upload.segment(shard);
        if (opened == null) {
            throw RpcErrors.error(
                    Code.INVALID_ARGUMENT,
                    "SHARD_OUT_OF_RANGE",
                    "upload " + header.getVersion() + ": shard " + Integer.toUnsignedString(shard)
                            + " is not this group's, which owns " + uploads.shards() + " of "
                            + uploads.shards().shardCount());
        }
        opened.open(header.getLength(), header.getResumeOffset());
        segment = opened;
        version = header.getVersion();
    }

    private void append(SegmentChunk chunk) throws IOException {
        SegmentUpload open = segment;
        if (open == null) {
            throw outOfOrder("a chunk before the header");
        }
        uploads.get(version);
        open.append(chunk.getOffset(), chunk.getData().asReadOnlyByteBuffer(), chunk.getCrc32C());
    }

    @Override
    public void onError(Throwable broken) {
        release();
    }

    @Override
    public void onCompleted() {
        SegmentUpload open = segment;
        if (failed) {
            return;
        }
        try {
            if (open == null) {
                throw outOfOrder("no header");
            }
            open.finish();
            call.onNext(UploadSegmentResponse.newBuilder()
                    .setReceivedLength(open.received())
                    .setCrc32C(open.crc32c())
                    .build());
            call.onCompleted();
        } catch (IOException | RuntimeException e) {
            fail(e);
        }
    }

    private void fail(Exception e) {
        failed = true;
        release();
        call.onError(RpcErrors.of(e));
    }

    private void release() {
        SegmentUpload open = segment;
        segment = null;
        if (open != null) {
            open.release();
        }
    }

    private static RuntimeException outOfOrder(String what) {
        return RpcErrors.error(
                Code.INVALID_ARGUMENT, "STREAM_ORDER", what + ": a stream is one header, then chunks in order");
    }
}
