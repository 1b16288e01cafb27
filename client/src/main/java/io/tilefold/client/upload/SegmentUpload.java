package io.tilefold.client.upload;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.tilefold.client.call.CallException;
import io.tilefold.client.call.UnaryCall;
import io.tilefold.core.tile.SegmentSummary;
import io.tilefold.proto.upload.v1.SegmentChunk;
import io.tilefold.proto.upload.v1.SegmentHeader;
import io.tilefold.proto.upload.v1.UploadSegmentRequest;
import io.tilefold.proto.upload.v1.UploadSegmentResponse;
import io.tilefold.proto.upload.v1.UploadServiceGrpc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;

/**
 * One segment's way to the node: streamed in chunks, and after a break resumed where the node says, until it is there whole or the attempts
 * are used up. The first attempt starts at 0 and so replaces whatever a lost task left there.
 */
final class SegmentUpload {
    /** What another attempt cannot mend. Everything else may be a broken connection, a restart or a chunk damaged on the way. */
    private static final Set<Status.Code> FINAL = EnumSet.of(
            Status.Code.NOT_FOUND,
            Status.Code.INVALID_ARGUMENT,
            Status.Code.FAILED_PRECONDITION,
            Status.Code.ALREADY_EXISTS,
            Status.Code.OUT_OF_RANGE,
            Status.Code.PERMISSION_DENIED,
            Status.Code.UNAUTHENTICATED,
            Status.Code.UNIMPLEMENTED);

    private final ManagedChannel node;
    private final UploadOptions options;
    private final long version;
    private final SegmentSummary segment;
    private final UploadProgress progress;
    private final String action;

    SegmentUpload(
            ManagedChannel node, UploadOptions options, long version, SegmentSummary segment, UploadProgress progress) {
        this.node = node;
        this.options = options;
        this.version = version;
        this.segment = segment;
        this.progress = progress;
        this.action = "upload the segment of shard " + segment.shard() + ", version " + version;
    }

    /** @param resumeOffset asks the node how much it has */
    void run(Path file, LongSupplier resumeOffset) {
        try (FileChannel bytes = FileChannel.open(file)) {
            if (bytes.size() != segment.length()) {
                throw new IOException(file + " has " + bytes.size() + " bytes, its summary says " + segment.length());
            }
            run(bytes, resumeOffset);
        } catch (ClosedByInterruptException e) {
            throw interrupted();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot " + action + ": " + e.getMessage(), e);
        }
    }

    private void run(FileChannel file, LongSupplier resumeOffset) throws IOException {
        long from = 0;
        for (int failed = 1; ; failed++) {
            StatusRuntimeException failure;
            boolean resumes = true;
            try {
                UploadSegmentResponse received = stream(file, from);
                if (received.getReceivedLength() == segment.length() && received.getCrc32C() == segment.crc32c()) {
                    return;
                }
                failure = notWhatWasSent(received);
                resumes = false;
            } catch (StatusRuntimeException e) {
                failure = e;
            }
            if (isFinal(failure, from) || !options.retry().allowsAnother(failed)) {
                throw CallException.of(failed == 1 ? action : action + " (" + failed + " attempts)", failure);
            }
            UnaryCall.backOff(action, options.retry(), failed);
            // The whole length, if only the answer was lost: the next stream then brings it and nothing else.
            from = resumes ? resumeOffset.getAsLong() : 0;
        }
    }

    private CallException interrupted() {
        return CallException.of(action, Status.Code.CANCELLED, "interrupted");
    }

    private static boolean isFinal(StatusRuntimeException failure, long from) {
        Status.Code code = failure.getStatus().getCode();
        // The node may still have been taking in what the broken stream sent when it said where to resume.
        boolean resumedElsewhere = code == Status.Code.INVALID_ARGUMENT && from > 0;
        return FINAL.contains(code) && !resumedElsewhere;
    }

    private StatusRuntimeException notWhatWasSent(UploadSegmentResponse received) {
        return Status.DATA_LOSS
                .withDescription(String.format(
                        "the node has %d bytes with checksum %08x, sent were %d with %08x",
                        received.getReceivedLength(), received.getCrc32C(), segment.length(), segment.crc32c()))
                .asRuntimeException();
    }

    private UploadSegmentResponse stream(FileChannel file, long from) throws IOException {
        SegmentStream stream = new SegmentStream(options.stallTimeoutMs());
        UploadServiceGrpc.newStub(node).uploadSegment(stream);
        try {
            boolean open = stream.send(UploadSegmentRequest.newBuilder()
                    .setHeader(SegmentHeader.newBuilder()
                            .setVersion(version)
                            .setShard(segment.shard())
                            .setLength(segment.length())
                            .setResumeOffset(from))
                    .build());
            for (long offset = from; open && offset < segment.length(); ) {
                byte[] chunk = read(file, offset);
                open = stream.send(request(offset, chunk));
                offset += chunk.length;
                progress.sent(segment.shard(), offset, segment.length());
            }
            return stream.finish();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw interrupted();
        } finally {
            stream.cancel("given up by the uploader");
        }
    }

    private byte[] read(FileChannel file, long offset) throws IOException {
        byte[] chunk = new byte[(int) Math.min(options.chunkLength(), segment.length() - offset)];
        ByteBuffer rest = ByteBuffer.wrap(chunk);
        while (rest.hasRemaining()) {
            if (file.read(rest, offset + rest.position()) < 0) {
                throw new IOException("the file ends at " + (offset + rest.position()) + " of " + segment.length());
            }
        }
        return chunk;
    }

    private static UploadSegmentRequest request(long offset, byte[] chunk) {
        CRC32C crc = new CRC32C();
        crc.update(chunk, 0, chunk.length);
        return UploadSegmentRequest.newBuilder()
                .setChunk(SegmentChunk.newBuilder()
                        .setOffset(offset)
                        .setData(UnsafeByteOperations.unsafeWrap(chunk)) // the array is this message's alone
                        .setCrc32C((int) crc.getValue()))
                .build();
    }
}
