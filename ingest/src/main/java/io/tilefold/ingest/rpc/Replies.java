package io.tilefold.ingest.rpc;

import com.google.rpc.Code;
import io.grpc.stub.StreamObserver;
import io.tilefold.ingest.apply.CommandResult;
import io.tilefold.ingest.apply.CommandResult.Refusal;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Ends calls with what a future brought. */
final class Replies {
    private Replies() {}

    /** For commands: a refusal is an error. */
    static <R> void reply(
            StreamObserver<R> response,
            @Nullable CommandResult result,
            @Nullable Throwable failure,
            Function<CommandResult, R> toResponse) {
        Refusal refusal = result == null ? null : result.refusal().orElse(null);
        if (refusal != null) {
            response.onError(refused(refusal));
        } else {
            replyPlain(response, result, failure, toResponse);
        }
    }

    static <T, R> void replyPlain(
            StreamObserver<R> response, @Nullable T result, @Nullable Throwable failure, Function<T, R> toResponse) {
        if (result == null) {
            response.onError(RpcErrors.of(failure == null ? new IllegalStateException("no result") : failure));
            return;
        }
        R answer;
        try {
            answer = toResponse.apply(result);
        } catch (RuntimeException e) {
            response.onError(RpcErrors.of(e));
            return;
        }
        response.onNext(answer);
        response.onCompleted();
    }

    private static RuntimeException refused(Refusal refusal) {
        Code code = switch (refusal.reason()) {
            case UNKNOWN_DEFINITION -> Code.NOT_FOUND;
            case LANE_START_MISSING -> Code.ABORTED;
            case INVALID_CATALOG -> Code.INVALID_ARGUMENT;
            case OLDER_THAN_COMMITTED, NOT_CURRENT, NO_FORMER_VERSION -> Code.FAILED_PRECONDITION;
        };
        return RpcErrors.error(code, refusal.reason().name(), refusal.message());
    }
}
