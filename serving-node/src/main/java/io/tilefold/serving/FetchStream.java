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
 * asked of the transport when one is answered and the caller reads its answers, so that one who sends faster, or does not read, is held back by flow control.
 */
final class FetchStream implements StreamObserver<byte[]> {
    static final int MAX_IN_FLIGHT = 128;

    private final FetchEngine engine;
    private final Admission admission;
    private final ServerCallStreamObserver<WireBuffer> answers;
    private final Refusals refusals;
    private int inFlight;
    private int admitted;
    private int owed;
    private boolean halfClosed;
    private boolean ended;

    FetchStream(FetchEngine engine, Admission admission, StreamObserver<WireBuffer> answers, Refusals refusals) {
        this.admission = admission;
        this.refusals = refusals;
        this.engine = engine;
        this.answers = (ServerCallStreamObserver<WireBuffer>) answers;
        this.answers.setOnCancelHandler(this::gone);
        this.answers.setOnReadyHandler(this::askForMore);
        this.answers.disableAutoRequest();
        this.answers.request(MAX_IN_FLIGHT);
    }

    @Override
    public void onNext(byte[] request) {
        long arrivedNs = System.nanoTime();
        boolean accepted = admission.tryEnter();
        synchronized (this) {
            inFlight++;
            admitted += accepted ? 1 : 0;
        }
        try {
            read(request, arrivedNs, accepted);
        } catch (MalformedException malformed) {
            new Reply(0, accepted).fail(Errors.malformed(String.valueOf(malformed.getMessage())));
        }
    }

    private void read(byte[] request, long arrivedNs, boolean accepted) throws MalformedException {
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
        if (!accepted) {
            new Reply(id, false).fail(admission.refusal());
            return;
        }
        OptionalLong deadlineNs =
                budgetMs == 0 ? OptionalLong.empty() : OptionalLong.of(arrivedNs + budgetMs * 1_000_000);
        engine.fetch(request, offset, length, new Reply(id, true), arrivedNs, deadlineNs);
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

    /** The caller has gone: whatever still happens to its fetches, their places are free. */
    private synchronized void gone() {
        ended = true;
        for (; admitted > 0; admitted--) {
            admission.leave();
        }
    }

    private synchronized void send(WireBuffer out, boolean accepted) {
        if (accepted && admitted > 0) {
            admitted--;
            admission.leave();
        }
        if (ended || answers.isCancelled()) {
            return;
        }
        answers.onNext(out);
        inFlight--;
        if (halfClosed) {
            endIfDone();
        } else {
            owed++;
            askForMore();
        }
    }

    /** Asks the transport for as many requests as were answered since, unless the caller leaves too much unread. */
    private synchronized void askForMore() {
        if (owed > 0 && answers.isReady()) {
            answers.request(owed);
            owed = 0;
        }
    }

    /** Where the answer of one of the stream's fetches goes. */
    private final class Reply implements FetchReply {
        private final long id;
        private final boolean accepted;
        private int start;

        Reply(long id, boolean accepted) {
            this.id = id;
            this.accepted = accepted;
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
            FetchStream.this.send(out, accepted);
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
            FetchStream.this.send(out, accepted);
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
