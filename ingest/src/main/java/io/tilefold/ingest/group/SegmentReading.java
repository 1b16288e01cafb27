package io.tilefold.ingest.group;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.stub.ServerCallStreamObserver;
import io.tilefold.proto.node.v1.ReadSegmentResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;
import org.agrona.CloseHelper;

/** One ReadSegment call: sends the file as fast as the peer takes it. On the call's thread. */
public final class SegmentReading {
    private static final int CHUNK_LENGTH = 256 << 10;

    private final FileChannel file;
    private final ServerCallStreamObserver<ReadSegmentResponse> call;
    private boolean ended;

    public SegmentReading(FileChannel file, ServerCallStreamObserver<ReadSegmentResponse> call) {
        this.file = file;
        this.call = call;
    }

    public void start() {
        call.setOnReadyHandler(this::send);
        call.setOnCancelHandler(() -> CloseHelper.quietClose(file));
        send();
    }

    private void send() {
        try {
            while (!ended && call.isReady()) {
                sendChunk();
            }
        } catch (IOException e) {
            ended = true;
            CloseHelper.quietClose(file);
            throw new UncheckedIOException(e);
        }
    }

    private void sendChunk() throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK_LENGTH);
        int read = file.read(chunk);
        while (read >= 0 && chunk.hasRemaining()) {
            read = file.read(chunk);
        }
        chunk.flip();
        if (chunk.hasRemaining()) {
            CRC32C crc = new CRC32C();
            crc.update(chunk.duplicate());
            call.onNext(ReadSegmentResponse.newBuilder()
                    .setData(UnsafeByteOperations.unsafeWrap(chunk))
                    .setCrc32C((int) crc.getValue())
                    .build());
        }
        if (read < 0) {
            ended = true;
            file.close();
            call.onCompleted();
        }
    }
}
