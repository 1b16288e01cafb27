package io.tilefold.serving;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.BadRequest;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.tilefold.core.key.ShardSet;
import java.util.List;

/**
 * Errors of whole calls, with google.rpc details: ErrorInfo (domain {@value #DOMAIN}, a stable reason, a hint where there is one) and, for a
 * wrong request, BadRequest naming the field.
 */
final class Errors {
    static final String DOMAIN = "tilefold.io";

    /** Characters of one text in an error. */
    private static final int MAX_TEXT = 500;

    /** Queues are short: what is refused now has a place soon. */
    static final int RETRY_AFTER_MS = 20;

    private static final int NEVER_AGAIN = -1;
    private static final Metadata.Key<String> RETRY_PUSHBACK =
            Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

    private Errors() {}

    /** INVALID_ARGUMENT. */
    static StatusRuntimeException invalid(String reason, String field, String what, String hint) {
        return error(Code.INVALID_ARGUMENT, reason, field, what, hint);
    }

    static StatusRuntimeException noSuchTarget(String field, String what, String hint) {
        return error(Code.NOT_FOUND, "NO_SUCH_TARGET", field, what, hint);
    }

    static StatusRuntimeException otherShardGroup(int asked, List<Integer> own) {
        return error(
                Code.FAILED_PRECONDITION,
                "OTHER_SHARD_GROUP",
                "shard_group",
                "this node holds shard groups " + own + ", asked was " + asked,
                "the asking node's shard map is not right");
    }

    static StatusRuntimeException otherShard(int shard, ShardSet own) {
        return error(
                Code.FAILED_PRECONDITION,
                "OTHER_SHARD",
                "key_sets.keys",
                "a key of shard " + shard + ", this node holds " + own + " of " + own.shardCount(),
                "the asking node's shard map is not right");
    }

    static StatusRuntimeException noSuchSchema(String what) {
        return error(
                Code.NOT_FOUND,
                "NO_SUCH_SCHEMA",
                "schema_id",
                what,
                "nodes know the schemas of their answers since they started; DescribeTarget gives the present one");
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

    static StatusRuntimeException noStoreOf(int shardGroup) {
        return error(
                Code.UNAVAILABLE,
                "NO_STORE",
                "shard_group",
                "no store of shard group " + shardGroup + " is mapped now",
                "ask another node of the group; this node's log says what it waits for");
    }

    static StatusRuntimeException noStableView(int tries) {
        return error(
                Code.UNAVAILABLE,
                "VIEW_CHANGING",
                "",
                "the store published something new during each of " + tries + " tries",
                "try again");
    }

    /** The request is not one that the bytes of a fetch request say. */
    static StatusRuntimeException malformed(String what) {
        return malformed("", what);
    }

    /**
     * The request is not one that the bytes of a fetch request say.
     *
     * @param field that is wrong; empty: it cannot be told
     */
    static StatusRuntimeException malformed(String field, String what) {
        return invalid(
                "MALFORMED",
                field.isEmpty() ? "request" : field,
                "the bytes are no FetchRequest: " + what,
                "write it with the library");
    }

    /** RESOURCE_EXHAUSTED: this request is beyond a limit, now and later. */
    static StatusRuntimeException tooMuch(String reason, String field, String what, String hint) {
        return withPushback(status(Code.RESOURCE_EXHAUSTED, reason, field, what, hint), NEVER_AGAIN);
    }

    /** RESOURCE_EXHAUSTED: the node has too much to do. Says when to try again, to people and to grpc's own retries. */
    static StatusRuntimeException overloaded(String reason, String what, String hint) {
        Status.Builder status = status(Code.RESOURCE_EXHAUSTED, reason, "", what, hint)
                .addDetails(Any.pack(RetryInfo.newBuilder()
                        .setRetryDelay(Duration.newBuilder().setNanos(RETRY_AFTER_MS * 1_000_000))
                        .build()));
        return withPushback(status, RETRY_AFTER_MS);
    }

    /** Tells grpc's own retries when to try again. */
    private static StatusRuntimeException withPushback(Status.Builder status, int milliseconds) {
        Metadata trailers = new Metadata();
        trailers.put(RETRY_PUSHBACK, String.valueOf(milliseconds));
        return StatusProto.toStatusRuntimeException(status.build(), trailers);
    }

    static StatusRuntimeException closing() {
        return error(Code.UNAVAILABLE, "CLOSING", "", "the node is closing", "ask another node");
    }

    static StatusRuntimeException internal(Throwable cause) {
        return error(
                Code.INTERNAL,
                "INTERNAL",
                "",
                "the node failed to answer: " + cause.getClass().getSimpleName(),
                "the node's log has the cause");
    }

    private static StatusRuntimeException error(Code code, String reason, String field, String what, String hint) {
        return StatusProto.toStatusRuntimeException(
                status(code, reason, field, what, hint).build());
    }

    private static Status.Builder status(Code code, String reason, String field, String longWhat, String longHint) {
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
        return status;
    }

    /** What the request says stands in messages, and those travel in headers, which are small. */
    private static String shortened(String text) {
        return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "...";
    }
}
