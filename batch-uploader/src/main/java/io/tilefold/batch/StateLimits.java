package io.tilefold.batch;

import io.tilefold.core.plan.BaseRecordBuilder;
import io.tilefold.core.plan.GroupByPlan;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Keys with states beyond their bounds: those whose values are null, the part FAILED(STATE_LIMIT). Confined to one thread. */
final class StateLimits {
    private long keys;
    private final long[] keysByState;

    StateLimits(int states) {
        keysByState = new long[states];
    }

    /** Counts a key whose record is finished. */
    void count(BaseRecordBuilder record) {
        if (record.hasOverflow()) {
            keys++;
            for (int state = 0; state < keysByState.length; state++) {
                keysByState[state] += record.hasOverflow(state) ? 1 : 0;
            }
        }
    }

    StateLimits add(StateLimits other) {
        keys += other.keys;
        for (int state = 0; state < keysByState.length; state++) {
            keysByState[state] += other.keysByState[state];
        }
        return this;
    }

    /** Keys with at least one state beyond its bound. */
    long keys() {
        return keys;
    }

    /** Which outputs of how many keys, for people: {@code "user_unique_count_7d: 3"}; of outputs that share a state, the first. */
    List<String> describe(GroupByPlan plan) {
        List<String> lines = new ArrayList<>();
        for (int state = 0; state < keysByState.length; state++) {
            int ofState = state;
            if (keysByState[state] > 0) {
                String output = plan.outputs().stream()
                        .filter(candidate -> candidate.state() == ofState)
                        .findFirst()
                        .orElseThrow()
                        .name();
                lines.add(String.format(Locale.ROOT, "%s: %,d", output, keysByState[state]));
            }
        }
        return lines;
    }

    byte[] toBytes() {
        ByteBuffer bytes =
                ByteBuffer.allocate((1 + keysByState.length) * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(keys);
        bytes.asLongBuffer().put(keysByState);
        return bytes.array();
    }

    static StateLimits fromBytes(byte[] bytes) {
        ByteBuffer counters = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        StateLimits limits = new StateLimits(bytes.length / Long.BYTES - 1);
        limits.keys = counters.getLong();
        counters.asLongBuffer().get(limits.keysByState);
        return limits;
    }
}
