package io.tilefold.serving;

import com.google.protobuf.Any;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;

/**
 * Errors of whole calls, with google.rpc details: ErrorInfo (domain {@value #DOMAIN}, a stable reason, a hint where there is one) and, for a
 * wrong request, BadRequest naming the field.
 */
final class Errors {
    static final String DOMAIN = "tilefold.io";

    /** Characters of one text in an error. */
    private static final int MAX_TEXT = 500;

    private Errors() {}

    /** INVALID_ARGUMENT. */
    static StatusRuntimeException invalid(String reason, String field, String what, String hint) {
        return error(Code.INVALID_ARGUMENT, reason, field, what, hint);
    }

    static StatusRuntimeException noSuchTarget(String field, String what, String hint) {
        return error(Code.NOT_FOUND, "NO_SUCH_TARGET", field, what, hint);
    }

    static StatusRuntimeException notServable(String field, String what) {
        return error(Code.FAILED_PRECONDITION, "NOT_SERVABLE", field, what, "");
    }

    static StatusRuntimeException noStore() {
        return error(
                Code.UNAVAILABLE,
                "NO_STORE",
                "",
                "no store is mapped yet",
                "start the ingest node of this store, or wait for it; the node's log says what it waits for");
    }

    static StatusRuntimeException noStableView(int tries) {
        return error(
                Code.UNAVAILABLE,
                "VIEW_CHANGING",
                "",
                "the store published something new during each of " + tries + " tries",
                "try again");
    }

    static StatusRuntimeException exhausted(String reason, String field, String what, String hint) {
        return error(Code.RESOURCE_EXHAUSTED, reason, field, what, hint);
    }

    static StatusRuntimeException internal(Throwable cause) {
        return error(
                Code.INTERNAL,
                "INTERNAL",
                "",
                "the node failed to answer: " + cause.getClass().getSimpleName(),
                "the node's log has the cause");
    }

    private static StatusRuntimeException error(
            Code code, String reason, String field, String longWhat, String longHint) {
        String what = shortened(longWhat);
        String hint = shortened(longHint);
        ErrorInfo.Builder info = ErrorInfo.newBuilder().setDomain(DOMAIN).setReason(reason);
        if (!hint.isEmpty()) {
            info.putMetadata("hint", hint);
        }
        Status.Builder status = Status.newBuilder()
                .setCode(code.getNumber())
                .setMessage(field.isEmpty() ? what : field + ": " + what)
                .addDetails(Any.pack(info.build()));
        if (!field.isEmpty()) {
            status.addDetails(Any.pack(BadRequest.newBuilder()
                    .addFieldViolations(BadRequest.FieldViolation.newBuilder()
                            .setField(field)
                            .setDescription(what)
                            .setReason(reason))
                    .build()));
        }
        return StatusProto.toStatusRuntimeException(status.build());
    }

    /** What the request says stands in messages, and those travel in headers, which are small. */
    private static String shortened(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "...";
    }
}
