package io.tilefold.ingest.rpc;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.tilefold.core.tile.SegmentException;
import io.tilefold.ingest.cluster.Commands.TooBusyException;
import io.tilefold.ingest.group.VersionPreparation.NoMajorityException;
import io.tilefold.ingest.kafka.LaneStarts.EventsGoneException;
import io.tilefold.store.StoreException;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Errors as the services give them: a status code, a sentence, and a google.rpc.ErrorInfo that programs can read. */
final class RpcErrors {
    static final String DOMAIN = "tilefold.io";

    private static final Logger LOG = LoggerFactory.getLogger(RpcErrors.class);

    private RpcErrors() {}

    /** @param reason in capitals, one per cause */
    static StatusRuntimeException error(Code code, String reason, String message, Map<String, String> metadata) {
        return StatusProto.toStatusRuntimeException(com.google.rpc.Status.newBuilder()
                .setCode(code.getNumber())
                .setMessage(message)
                .addDetails(Any.pack(ErrorInfo.newBuilder()
                        .setReason(reason)
                        .setDomain(DOMAIN)
                        .putAllMetadata(metadata)
                        .build()))
                .build());
    }

    static StatusRuntimeException error(Code code, String reason, String message) {
        return error(code, reason, message, Map.of());
    }

    /** What a failure is to the caller. */
    static StatusRuntimeException of(Throwable thrown) {
        Throwable failure =
                thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
        String message = String.valueOf(failure.getMessage());
        if (failure instanceof StatusRuntimeException status) {
            return status;
        } else if (failure instanceof SegmentException segment) {
            boolean corrupt = segment.problem() == SegmentException.Problem.CORRUPT;
            return error(corrupt ? Code.DATA_LOSS : Code.FAILED_PRECONDITION, "SEGMENT_" + segment.problem(), message);
        } else if (failure instanceof StoreException store) {
            Code code = store.code() == StoreException.Code.MISMATCH ? Code.INVALID_ARGUMENT : Code.INTERNAL;
            return error(code, "STORE_" + store.code(), message);
        } else if (failure instanceof EventsGoneException) {
            return error(Code.FAILED_PRECONDITION, "EVENTS_GONE", message);
        } else if (failure instanceof KafkaException) {
            return error(Code.UNAVAILABLE, "KAFKA_UNREACHABLE", message);
        } else if (failure instanceof NoMajorityException) {
            return error(Code.UNAVAILABLE, "NO_MAJORITY", message);
        } else if (failure instanceof TooBusyException) {
            return error(Code.UNAVAILABLE, "BUSY", message);
        } else if (failure instanceof TimeoutException) {
            return error(
                    Code.UNAVAILABLE,
                    "NO_RESULT_YET",
                    "the log has not answered in time; the command may still take effect: give it again");
        }
        LOG.error("a call failed", failure);
        return Status.INTERNAL.withDescription(failure.toString()).asRuntimeException();
    }
}
