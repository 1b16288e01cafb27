package io.tilefold.client;

import io.tilefold.proto.serving.v1.PartAnswer;
import io.tilefold.proto.serving.v1.PartSchema;
import java.util.OptionalLong;

/** What one part (a GroupBy of the join) says of the rows of an answer, and how fresh it is. Immutable. */
public final class PartResult {
    private final PartAnswer answer;
    private final PartSchema schema;

    PartResult(PartAnswer answer, PartSchema schema) {
        this.answer = answer;
        this.schema = schema;
    }

    /** As in the join: {@code {prefix_}{groupBy name cleaned}}; its outputs' names start so. */
    public String name() {
        return schema.getName();
    }

    /** Empty for an external part. */
    public String groupBy() {
        return schema.getGroupBy();
    }

    public PartStatus status(int row) {
        return PartStatus.of(answer.getStatuses(answer.getStatusesCount() == 1 ? 0 : row));
    }

    /** {@link FailureCode#NONE} unless the row's status is {@link PartStatus#FAILED}. */
    public FailureCode failure(int row) {
        int count = answer.getFailuresCount();
        return count == 0 ? FailureCode.NONE : FailureCode.of(answer.getFailures(count == 1 ? 0 : row));
    }

    /** B, epoch milliseconds; empty before the first commit. */
    public OptionalLong batchEndMs() {
        return answer.hasBatchEndMs() ? OptionalLong.of(answer.getBatchEndMs()) : OptionalLong.empty();
    }

    /** The committed version; empty before the first commit. */
    public OptionalLong version() {
        return answer.hasVersion() ? OptionalLong.of(answer.getVersion()) : OptionalLong.empty();
    }

    /** Newest event time applied to the GroupBy, epoch milliseconds; empty without live events. */
    public OptionalLong newestEventMs() {
        return answer.hasNewestEventMs() ? OptionalLong.of(answer.getNewestEventMs()) : OptionalLong.empty();
    }

    /**
     * Records of the GroupBy's topic that were not applied when the topic's ends were last looked up, some hundred milliseconds before; empty if nothing
     * feeds it or that is not known.
     */
    public OptionalLong consumerLag() {
        return answer.hasConsumerLag() ? OptionalLong.of(answer.getConsumerLag()) : OptionalLong.empty();
    }

    @Override
    public String toString() {
        return name() + " " + answer;
    }
}
