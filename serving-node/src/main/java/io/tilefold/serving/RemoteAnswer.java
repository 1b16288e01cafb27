package io.tilefold.serving;

import io.tilefold.core.value.Field;
import io.tilefold.proto.serving.v1.FailureCode;
import io.tilefold.proto.serving.v1.PartAnswer;
import io.tilefold.proto.serving.v1.PartExplanation;
import io.tilefold.proto.serving.v1.PartStatus;
import io.tilefold.proto.serving.v1.PeerPartAnswer;
import java.util.List;

/** What one shard group said of one part's keys; checked. Immutable. */
final class RemoteAnswer {
    private final PartAnswer part;
    private final RemoteColumn[] values;
    private final PartExplanation explanation;

    /** @throws IllegalArgumentException if it is no answer for so many keys and these outputs */
    RemoteAnswer(PeerPartAnswer answer, List<Field> outputs, int[] chosen, int keys) {
        this.part = answer.getAnswer();
        this.explanation = answer.getExplanation();
        if (answer.getColumnsCount() != chosen.length) {
            throw new IllegalArgumentException(answer.getColumnsCount() + " columns, asked were " + chosen.length);
        }
        this.values = new RemoteColumn[chosen.length];
        for (int i = 0; i < chosen.length; i++) {
            values[i] =
                    RemoteColumn.of(answer.getColumns(i), outputs.get(chosen[i]).type(), keys);
        }
        boolean statuses = part.getStatusesCount() == keys || part.getStatusesCount() == 1;
        boolean failures = part.getFailuresCount() == 0 || part.getFailuresCount() == part.getStatusesCount();
        if (!statuses || !failures) {
            throw new IllegalArgumentException(part.getStatusesCount() + " statuses and " + part.getFailuresCount()
                    + " failures for " + keys + " keys");
        }
        for (PartStatus status : part.getStatusesList()) {
            if (status == PartStatus.UNRECOGNIZED || status == PartStatus.PART_STATUS_UNSPECIFIED) {
                throw new IllegalArgumentException("a status that this node does not know");
            }
        }
    }

    /** Version, batch end and newest event of the group's answer. */
    PartAnswer part() {
        return part;
    }

    /** How it came to the values, if it was asked. */
    PartExplanation explanation() {
        return explanation;
    }

    /** True if it has values of a version: one was committed, and one that was asked for. */
    boolean hasVersion() {
        return part.hasVersion()
                && (part.getFailuresCount() == 0
                        || part.getFailures(0) != FailureCode.FAILURE_CODE_VERSION_GONE
                                && part.getFailures(0) != FailureCode.FAILURE_CODE_POSITION_NOT_REACHED);
    }

    /** The version its values are of, where it {@link #hasVersion}. */
    long version() {
        return part.getVersion();
    }

    /**
     * Puts a key's values and status.
     *
     * @param outputs those that were asked
     */
    void take(int key, int[] outputs, Columns columns, int row, RowStatuses statuses) {
        PartStatus status = part.getStatuses(part.getStatusesCount() == 1 ? 0 : key);
        if (status == PartStatus.PART_STATUS_FAILED) {
            FailureCode code = part.getFailuresCount() == 0
                    ? FailureCode.UNRECOGNIZED
                    : part.getFailures(part.getFailuresCount() == 1 ? 0 : key);
            statuses.fail(row, code == FailureCode.UNRECOGNIZED ? FailureCode.FAILURE_CODE_SHARD_UNREACHABLE : code);
        } else {
            statuses.set(row, status);
        }
        for (int i = 0; i < outputs.length; i++) {
            values[i].put(key, columns.at(row, outputs[i]));
        }
    }
}
