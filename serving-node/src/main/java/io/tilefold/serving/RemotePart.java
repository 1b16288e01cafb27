package io.tilefold.serving;

import io.tilefold.proto.serving.v1.FailureCode;
import io.tilefold.proto.serving.v1.PartAnswer;
import io.tilefold.proto.serving.v1.PartExplanation;
import io.tilefold.proto.serving.v1.PartStatus;
import io.tilefold.serving.RemoteFetch.Place;
import io.tilefold.store.GroupByView;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The rows of one part that other shard groups answered, or did not. Of one request; used by one thread at a time. */
final class RemotePart {
    private final PartPlan part;
    private final List<RemoteGroup> groups;
    private final @Nullable Place[] places;
    private final @Nullable VersionBound agreed;
    private final boolean allRows;

    /**
     * @param places by row, where it was asked; null: it was not
     * @param agreed the version that the groups' answers are of; null if none had one
     */
    RemotePart(PartPlan part, List<RemoteGroup> groups, @Nullable Place[] places, @Nullable VersionBound agreed) {
        this.part = part;
        this.groups = groups;
        this.places = places;
        this.agreed = agreed;
        boolean all = true;
        for (Place place : places) {
            all &= place != null;
        }
        this.allRows = all;
    }

    /** True if the row's key is another shard group's. */
    boolean has(int row) {
        return places[row] != null;
    }

    /** How the group that holds the row's key came to its values; its number alone if it did not say. */
    PartExplanation explanation(int row) {
        Place place = places[row];
        if (place == null || place.group() < 0) {
            return PartExplanation.getDefaultInstance();
        }
        RemoteGroup group = groups.get(place.group());
        RemoteAnswer answer = group.answer(part.index());
        PartExplanation.Builder explanation =
                answer == null ? PartExplanation.newBuilder() : answer.explanation().toBuilder();
        return explanation.setShardGroup(group.shardGroup()).build();
    }

    /** Puts the row's values and status, whatever came of asking. */
    void take(int row, int[] outputs, Columns columns, RowStatuses statuses) {
        Place place = places[row];
        if (place == null) {
            throw new IllegalStateException("row " + row + " was not asked elsewhere");
        }
        RemoteAnswer answer =
                place.group() < 0 ? null : groups.get(place.group()).answer(part.index());
        if (answer == null) {
            if (place.group() >= 0 && groups.get(place.group()).isTimedOut()) {
                statuses.set(row, PartStatus.PART_STATUS_TIMED_OUT);
            } else {
                statuses.fail(row, FailureCode.FAILURE_CODE_SHARD_UNREACHABLE);
            }
        } else if (isOfAnotherVersion(answer)) {
            statuses.fail(row, FailureCode.FAILURE_CODE_VERSION_GONE);
        } else {
            answer.take(place.key(), outputs, columns, row, statuses);
            return;
        }
        columns.nulls(row, outputs);
    }

    private boolean isOfAnotherVersion(RemoteAnswer answer) {
        return agreed != null && answer.hasVersion() && answer.version() != agreed.version();
    }

    /**
     * Appends how fresh the part is: its one version, the oldest of the groups' newest events, and the largest lag.
     *
     * @param own of the rows that this node read
     */
    void writeFreshness(WireBuffer out, Freshness own) {
        OptionalLong newest = allRows ? OptionalLong.empty() : own.newestEventMs();
        long lag = allRows ? GroupByView.UNKNOWN_LAG : own.consumerLag();
        PartAnswer versioned = null;
        for (RemoteGroup group : groups) {
            RemoteAnswer answer = group.answer(part.index());
            if (answer != null) {
                PartAnswer theirs = answer.part();
                versioned = answer.hasVersion() && !isOfAnotherVersion(answer) ? theirs : versioned;
                if (theirs.hasNewestEventMs()) {
                    newest = OptionalLong.of(Math.min(newest.orElse(Long.MAX_VALUE), theirs.getNewestEventMs()));
                }
                if (theirs.hasConsumerLag()) {
                    lag = Math.max(lag, theirs.getConsumerLag());
                }
            }
        }
        if (versioned == null || !allRows && own.hasVersion()) {
            own.writeVersionTo(out);
        } else {
            out.putZigzagField(PartAnswer.BATCH_END_MS_FIELD_NUMBER, versioned.getBatchEndMs());
            out.putZigzagField(PartAnswer.VERSION_FIELD_NUMBER, versioned.getVersion());
            if (part.index() > 0) {
                out.putVarintField(PartAnswer.PART_FIELD_NUMBER, part.index());
            }
        }
        newest.ifPresent(newestMs -> out.putZigzagField(PartAnswer.NEWEST_EVENT_MS_FIELD_NUMBER, newestMs));
        Freshness.writeLag(out, lag);
    }
}
