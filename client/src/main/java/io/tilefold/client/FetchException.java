package io.tilefold.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.tilefold.proto.serving.v1.FetchError;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A call that failed as a whole. What fails for one part only is a status in the answer instead. */
public final class FetchException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String code;
    private final String reason;
    private final String field;
    private final String hint;

    private FetchException(
            String message, @Nullable Throwable cause, String code, String reason, String field, String hint) {
        super(message, cause);
        this.code = code;
        this.reason = reason;
        this.field = field;
        this.hint = hint;
    }

    static FetchException of(StatusRuntimeException failure, String address) {
        Status status = failure.getStatus();
        String reason = "";
        String field = "";
        String hint = "";
        com.google.rpc.Status details = StatusProto.fromThrowable(failure);
        if (details != null) {
            for (Any detail : details.getDetailsList()) {
                try {
                    if (detail.is(ErrorInfo.class)) {
                        ErrorInfo info = detail.unpack(ErrorInfo.class);
                        reason = info.getReason();
                        hint = info.getMetadataOrDefault("hint", "");
                    } else if (detail.is(BadRequest.class)) {
                        BadRequest request = detail.unpack(BadRequest.class);
                        field = request.getFieldViolationsCount() == 0
                                ? ""
                                : request.getFieldViolations(0).getField();
                    }
                } catch (InvalidProtocolBufferException damaged) {
                    failure.addSuppressed(damaged);
                }
            }
        }
        String code = status.getCode().name();
        String what = status.getDescription() == null ? "no description" : status.getDescription();
        what += rootCause(status.getCause());
        String message = code + " from " + address + ": " + what + (hint.isEmpty() ? "" : " (" + hint + ")");
        return new FetchException(message, failure, code, reason, field, hint);
    }

    /** Of one fetch of a stream. */
    static FetchException of(FetchError error, String address) {
        String code = Status.fromCodeValue(error.getCode()).getCode().name();
        String message = code + " from " + address + ": " + error.getMessage()
                + (error.getHint().isEmpty() ? "" : " (" + error.getHint() + ")");
        return new FetchException(message, null, code, error.getReason(), error.getField(), error.getHint());
    }

    /** What the transport says: "io exception" alone tells nobody that the connection was refused. */
    private static String rootCause(@Nullable Throwable cause) {
        if (cause == null) {
            return "";
        }
        Throwable root = cause;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return " (" + root.getMessage() + ")";
    }

    /** The gRPC status code's name: {@code INVALID_ARGUMENT}, {@code NOT_FOUND}, {@code UNAVAILABLE}, {@code DEADLINE_EXCEEDED} and so on. */
    public String code() {
        return code;
    }

    /** The node's reason, stable and for programs: {@code KEY_MISSING}. */
    public Optional<String> reason() {
        return text(reason);
    }

    /** The field of the request that is wrong: {@code keys[1]}. */
    public Optional<String> field() {
        return text(field);
    }

    /** What to do about it. */
    public Optional<String> hint() {
        return text(hint);
    }

    private static Optional<String> text(String value) {
        return value.isEmpty() ? Optional.empty() : Optional.of(value);
    }
}
