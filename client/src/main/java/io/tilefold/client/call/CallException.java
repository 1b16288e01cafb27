package io.tilefold.client.call;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A call that the node refused, or that did not reach it. The message says what was tried, the gRPC code and the node's own words; {@link
 * #reason} and {@link #details} are those of its {@code google.rpc.ErrorInfo}, empty if it sent none.
 */
public final class CallException extends RuntimeException {
    private final Status.Code code;
    private final String reason;
    private final Map<String, String> details;

    private CallException(
            String message, Status.Code code, String reason, Map<String, String> details, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
        this.reason = reason;
        this.details = details;
    }

    /** @param action what was tried, {@code "begin an upload of definition 3f2a.."} */
    public static CallException of(String action, StatusRuntimeException failure) {
        Status status = failure.getStatus();
        ErrorInfo info = errorInfo(failure);
        Map<String, String> details = new TreeMap<>(info.getMetadataMap());
        StringBuilder message = new StringBuilder("cannot ")
                .append(action)
                .append(": ")
                .append(status.getCode())
                .append(": ")
                .append(describe(status));
        if (!info.getReason().isEmpty()) {
            message.append(" [").append(info.getReason());
            details.forEach(
                    (key, value) -> message.append(' ').append(key).append('=').append(value));
            message.append(']');
        }
        return new CallException(message.toString(), status.getCode(), info.getReason(), details, failure);
    }

    public static CallException of(String action, Status.Code code, String what) {
        return new CallException("cannot " + action + ": " + code + ": " + what, code, "", Map.of(), null);
    }

    public Status.Code code() {
        return code;
    }

    /** {@code ErrorInfo.reason}, {@code "UNKNOWN_DEFINITION"}; empty if the node sent none. */
    public String reason() {
        return reason;
    }

    /** {@code ErrorInfo.metadata}, ordered by key. */
    public Map<String, String> details() {
        return details;
    }

    private static String describe(Status status) {
        String text = status.getDescription() == null ? "no description" : status.getDescription();
        // "io exception" alone says nothing; the cause says "Connection refused: localhost/127.0.0.1:7070".
        Throwable cause = status.getCause();
        return cause == null || cause.getMessage() == null ? text : text + " (" + cause.getMessage() + ")";
    }

    private static ErrorInfo errorInfo(StatusRuntimeException failure) {
        com.google.rpc.Status details = StatusProto.fromThrowable(failure);
        if (details != null) {
            for (Any detail : details.getDetailsList()) {
                if (detail.is(ErrorInfo.class)) {
                    try {
                        return detail.unpack(ErrorInfo.class);
                    } catch (InvalidProtocolBufferException garbled) {
                        return ErrorInfo.newBuilder()
                                .setReason("UNREADABLE_ERROR_INFO")
                                .build();
                    }
                }
            }
        }
        return ErrorInfo.getDefaultInstance();
    }
}
