package io.tilefold.serving;

import io.tilefold.core.algebra.TileBuffer;
import io.tilefold.core.plan.GroupByPlan;
import io.tilefold.core.plan.GroupByPlan.Output;
import io.tilefold.core.plan.LiveTiles;
import io.tilefold.core.tile.BaseRecord;
import io.tilefold.core.time.Hop;
import io.tilefold.core.time.Window;
import io.tilefold.core.value.ObjectSink;
import io.tilefold.proto.serving.v1.TileExplanation;
import io.tilefold.proto.serving.v1.TileExplanation.Kind;
import io.tilefold.proto.serving.v1.WindowExplanation;
import java.util.HexFormat;
import java.util.List;
import org.agrona.DirectBuffer;
import org.jspecify.annotations.Nullable;

/** Takes the windows of one key apart: which base suffix and which live tiles each is made of, and what each of them adds. For explanations. */
final class WindowTiles {
    private final GroupByPlan plan;
    private final long q;
    private final long batchEndMs;
    private final BaseRecord base;
    private final LiveTiles live;

    /** @param q not before the batch end */
    WindowTiles(GroupByPlan plan, long q, long batchEndMs, BaseRecord base, LiveTiles live) {
        this.plan = plan;
        this.q = q;
        this.batchEndMs = batchEndMs;
        this.base = base;
        this.live = live;
    }

    WindowExplanation explain(int index) {
        Window window = plan.windows().get(index);
        long headMs = Hop.FIVE_MINUTES.ceil(q);
        long tailMs = window.tail(q);
        List<Output> outputs = plan.outputs().stream()
                .filter(output -> output.window() == index)
                .toList();
        WindowExplanation.Builder explanation =
                WindowExplanation.newBuilder().setWindow(label(window)).setToMs(headMs);
        if (!window.isUnbounded()) {
            explanation.setFromMs(tailMs);
        }
        outputs.forEach(output -> explanation.addOutputs(output.name()));
        int suffix = suffix(window, tailMs);
        if (suffix >= 0) {
            TileExplanation.Builder tile = tile(Kind.KIND_SUFFIX, batchEndMs, base.buffer(), suffix, outputs);
            if (!window.isUnbounded()) {
                tile.setFromMs(suffixStartMs(window.hop(), tailMs));
            }
            explanation.addTiles(tile);
        }
        if (plan.isMutable() && window.isUnbounded()) {
            live.forEachTile(
                    LiveTiles.ALL_OF_HISTORY,
                    headMs,
                    (hop, startMs, buffer, tile) ->
                            explanation.addTiles(tile(Kind.KIND_LIVE, headMs, buffer, tile, outputs)));
            return explanation.build();
        }
        if (plan.isMutable()) {
            int place = base.firstAhead(Math.max(tailMs, batchEndMs));
            for (; base.isAhead(place, headMs); place++) {
                long startMs = base.suffixStart(Hop.FIVE_MINUTES, place);
                long endMs = startMs + Hop.FIVE_MINUTES.lengthMs();
                explanation.addTiles(tile(Kind.KIND_SUFFIX, endMs, base.buffer(), base.aheadTile(place), outputs)
                        .setFromMs(startMs));
            }
        }
        live.forEachTile(
                plan.isMutable() ? tailMs : Math.max(tailMs, batchEndMs),
                headMs,
                (hop, startMs, buffer, tile) ->
                        explanation.addTiles(tile(Kind.KIND_LIVE, startMs + hop.lengthMs(), buffer, tile, outputs)
                                .setFromMs(startMs)));
        return explanation.build();
    }

    private int suffix(Window window, long tailMs) {
        if (tailMs >= batchEndMs) {
            return -1;
        }
        return plan.isMutable() && !window.isUnbounded()
                ? base.suffixBefore(window.hop(), window.hop().number(tailMs), batchEndMs)
                : base.suffix(window, tailMs);
    }

    private static String label(Window window) {
        if (window.isUnbounded()) {
            return "";
        }
        long hours = window.lengthMs() / Hop.HOUR.lengthMs();
        return hours % 24 == 0 ? hours / 24 + "d" : hours + "h";
    }

    /** Start of the first suffix at or after the tail. */
    private long suffixStartMs(Hop hop, long tailMs) {
        int index = 0;
        while (base.suffixStart(hop, index) < tailMs) {
            index++;
        }
        return base.suffixStart(hop, index);
    }

    private TileExplanation.Builder tile(Kind kind, long toMs, DirectBuffer buffer, int tile, List<Output> outputs) {
        TileBuffer alone = new TileBuffer(plan.tiles());
        alone.reset();
        alone.merge(buffer, tile);
        DirectBuffer encoded = alone.encoded();
        TileExplanation.Builder explanation =
                TileExplanation.newBuilder().setKind(kind).setToMs(toMs);
        for (Output output : outputs) {
            ObjectSink sink = new ObjectSink().next(output.type());
            output.accumulator().finish(encoded, 0, plan.tiles().offset(output.state()), sink);
            explanation.addValues(text(sink.values().get(0)));
        }
        return explanation;
    }

    private static String text(@Nullable Object value) {
        return value instanceof byte[] bytes ? HexFormat.of().formatHex(bytes) : String.valueOf(value);
    }
}
