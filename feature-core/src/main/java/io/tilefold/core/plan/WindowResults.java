package io.tilefold.core.plan;

import io.tilefold.core.algebra.Accumulator;
import io.tilefold.core.value.ValueSink;
import java.util.List;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/** Where the folded tile of each window lies, and the outputs it gives. Scratch for one plan, confined to one thread. */
final class WindowResults {
    private final @Nullable DirectBuffer[] buffers;
    private final int[] tiles;
    private final Accumulator[] accumulators;
    private final int[] windows;
    private final int[] offsets;

    WindowResults(GroupByPlan plan) {
        List<GroupByPlan.Output> outputs = plan.outputs();
        this.buffers = new DirectBuffer[plan.windows().size()];
        this.tiles = new int[buffers.length];
        this.accumulators = new Accumulator[outputs.size()];
        this.windows = new int[outputs.size()];
        this.offsets = new int[outputs.size()];
        for (int i = 0; i < outputs.size(); i++) {
            GroupByPlan.Output output = outputs.get(i);
            accumulators[i] = output.accumulator();
            windows[i] = output.window();
            offsets[i] = plan.tiles().offset(output.state());
        }
    }

    /** The memory is read by {@link #emit}. */
    void set(int window, DirectBuffer buffer, int tile) {
        buffers[window] = buffer;
        tiles[window] = tile;
    }

    /** Gives every output's value, in the plan's order. */
    void emit(ValueSink sink) {
        // In locals: a sink might change the fields, for all that the compiler knows.
        Accumulator[] states = accumulators;
        int[] ofWindows = windows;
        int[] ofStates = offsets;
        @Nullable DirectBuffer[] memory = buffers;
        int[] at = tiles;
        for (int i = 0; i < states.length; i++) {
            int window = ofWindows[i];
            int tile = at[window];
            states[i].finish(folded(memory[window]), tile, tile + ofStates[i], sink);
        }
    }

    /** Gives one output's value. */
    void emit(int output, ValueSink sink) {
        int window = windows[output];
        int tile = tiles[window];
        accumulators[output].finish(folded(buffers[window]), tile, tile + offsets[output], sink);
    }

    private static DirectBuffer folded(@Nullable DirectBuffer buffer) {
        if (buffer == null) {
            throw new IllegalStateException("emit before fold");
        }
        return buffer;
    }
}
