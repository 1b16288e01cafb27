package io.tilefold.serving;

import io.tilefold.proto.serving.v1.PartAnswer;
import io.tilefold.store.GroupByView;
import java.util.OptionalLong;

/** How fresh a part is in one store of the host, or in several. */
interface Freshness {
    /** Newest event time applied, now, epoch milliseconds: of several stores the oldest of theirs. */
    OptionalLong newestEventMs();

    /** Records of its topic that are not applied, now: of several stores the most; {@link GroupByView#UNKNOWN_LAG} if it is not known. */
    long consumerLag();

    /** True if there was a commit. */
    boolean hasVersion();

    /** Appends all but the newest event and the lag. */
    void writeVersionTo(WireBuffer out);

    /** Appends everything. */
    default void writeTo(WireBuffer out) {
        writeVersionTo(out);
        newestEventMs().ifPresent(newestMs -> out.putZigzagField(PartAnswer.NEWEST_EVENT_MS_FIELD_NUMBER, newestMs));
        writeLag(out, consumerLag());
    }

    static void writeLag(WireBuffer out, long records) {
        if (records != GroupByView.UNKNOWN_LAG) {
            out.putVarintField(PartAnswer.CONSUMER_LAG_FIELD_NUMBER, records);
        }
    }
}
