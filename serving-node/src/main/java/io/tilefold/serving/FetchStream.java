package io.tilefold.serving;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.tilefold.proto.serving.v1.FetchError;
import io.tilefold.proto.serving.v1.StreamFetchRequest;
import io.tilefold.proto.serving.v1.StreamFetchResponse;
import io.tilefold.serving.WireReader.MalformedException;
import java.util.OptionalLong;

/**
 * One stream of fetches. Its requests are read in turn by one thread; their answers come from several. So many are under way at one time: the next is
 * asked of the transport when one is answered, so that a caller who sends faster is held back by flow control.
 */
final class FetchStream implements StreamObserver<byte[]> {
    static final int MAX_IN_FLIGHT = 128;

    private final FetchEngine engine;
    private final ServerCallStreamObserver<WireBuffer> answers;
    private final Refusals refusals;
    private int inFlight;
    private boolean halfClosed;
    private boolean ended;

    FetchStream(FetchEngine engine, StreamObserver<WireBuffer> answers, Refusals refusals) {
        this.refusals = refusals;
        this.engine = engine;
        this.answers = (ServerCallStreamObserver<WireBuffer>) answers;
        this.answers.setOnCancelHandler(() -> {});
        this.answers.disableAutoRequest();
        this.answers.request(MAX_IN_FLIGHT);
    }

    @Override
    public void onNext(byte[] request) {
        long arrivedNs = System.nanoTime();
        synchronized (this) {
            inFlight++;
        }
        try {
            read(request, arrivedNs);
        } catch (MalformedException malformed) {
            new Reply(0).fail(Errors.malformed(String.valueOf(malformed.getMessage())));
        }
    }

    private void read(byte[] request, long arrivedNs) throws MalformedException {
        WireReader in = new WireReader(request, 0, request.length);
        long id = 0;
        long budgetMs = 0;
        int offset = 0;
        int length = 0;
        while (in.hasNext()) {
            int tag = in.tag();
            switch (tag) {
                case StreamFetchRequest.ID_FIELD_NUMBER << 3 -> id = in.varint();
                case StreamFetchRequest.BUDGET_MS_FIELD_NUMBER << 3 -> budgetMs = in.varint() & 0xFFFF_FFFFL;
                case StreamFetchRequest.FETCH_FIELD_NUMBER << 3 | 2 -> {
                    length = in.length();
                    offset = in.position();
                    in.skip(length);
                }
                default -> in.skipField(tag);
            }
        }
        OptionalLong deadlineNs =
                budgetMs == 0 ? OptionalLong.empty() : OptionalLong.of(arrivedNs + budgetMs * 1_000_000);
        engine.fetch(request, offset, length, new Reply(id), arrivedNs, deadlineNs);
    }

    @Override
    public void onError(Throwable gone) {
        synchronized (this) {
            ended = true;
        }
    }

    @Override
    public synchronized void onCompleted() {
        halfClosed = true;
        endIfDone();
    }

    private void endIfDone() {
        if (halfClosed && inFlight == 0 && !ended) {
            ended = true;
            answers.onCompleted();
        }
    }

    private synchronized void send(WireBuffer out) {
        if (ended || answers.isCancelled()) {
            return;
        }
        answers.onNext(out);
        inFlight--;
        if (halfClosed) {
            endIfDone();
        } else {
            answers.request(1);
        }
    }

    /** Where the answer of one of the stream's fetches goes. */
    private final class Reply implements FetchReply {
        private final long id;
        private int start;

        Reply(long id) {
            this.id = id;
        }

        @Override
        public boolean isCancelled() {
            return answers.isCancelled();
        }

        @Override
        public void begin(WireBuffer out) {
            if (id != 0) {
                out.putVarintField(StreamFetchResponse.ID_FIELD_NUMBER, id);
            }
            start = out.length();
        }

        @Override
        public void send(WireBuffer out) {
            out.wrap(StreamFetchResponse.ANSWER_FIELD_NUMBER, start);
            FetchStream.this.send(out);
        }

        @Override
        public void fail(StatusRuntimeException refused) {
            refusals.count(refused.getStatus().getCode());
            byte[] response = StreamFetchResponse.newBuilder()
                    .setId(id)
                    .setError(error(refused))
                    .build()
                    .toByteArray();
            WireBuffer out = new WireBuffer(response.length);
            out.putBytes(response);
            FetchStream.this.send(out);
        }
    }

    private static FetchError error(StatusRuntimeException refused) {
        Status status = refused.getStatus();
        FetchError.Builder error =
                FetchError.newBuilder().setCode(status.getCode().value());
        if (status.getDescription() != null) {
            error.setMessage(status.getDescription());
        }
        com.google.rpc.Status details = StatusProto.fromThrowable(refused);
        if (details != null) {
            for (Any detail : details.getDetailsList()) {
                add(detail, error);
            }
        }
        return error.build();
    }

    private static void add(Any detail, FetchError.Builder error) {
        try {
            if (detail.is(ErrorInfo.class)) {
                ErrorInfo info = detail.unpack(ErrorInfo.class);
                error.setReason(info.getReason()).setHint(info.getMetadataOrDefault("hint", ""));
            } else if (detail.is(BadRequest.class)) {
                error.setField(
                        detail.unpack(BadRequest.class).getFieldViolations(0).getField());
            } else if (detail.is(RetryInfo.class)) {
                error.setRetryAfterMs(Errors.RETRY_AFTER_MS);
            }
        } catch (InvalidProtocolBufferException impossible) {
            throw new IllegalStateException("details of our own that cannot be read", impossible);
        }
    }
}
