package io.tilefold.serving;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.proto.serving.v1.ExplainResponse;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.PartExplanation;
import io.tilefold.proto.serving.v1.Step;
import io.tilefold.store.GroupByView;
import io.tilefold.store.KeyReader;
import io.tilefold.store.ReadResult;
import io.tilefold.store.StoreView;

/** Answers one row and says how: which version, which suffix, which live tiles, what each added, how long each step took. On a worker. */
final class Explainer {
    private final StoreView view;
    private final TargetPlan target;
    private final Selection selection;
    private final RequestKeys keys;
    private final ExplainResponse.Builder response = ExplainResponse.newBuilder();
    private long stepNs = System.nanoTime();

    /** @param keys of one row */
    Explainer(StoreView view, TargetPlan target, Selection selection, RequestKeys keys) {
        this.view = view;
        this.target = target;
        this.selection = selection;
        this.keys = keys;
    }

    /** Ends the step at hand. */
    void step(String name) {
        long nowNs = System.nanoTime();
        response.addSteps(Step.newBuilder().setName(name).setNanos(nowNs - stepNs));
        stepNs = System.nanoTime();
    }

    /** Takes the answer's wire bytes. */
    void answered(WireBuffer answer) {
        try {
            response.setAnswer(FetchResponse.parser().parseFrom(answer.array(), 0, answer.length()));
        } catch (InvalidProtocolBufferException impossible) {
            throw new IllegalStateException("an answer that is no FetchResponse", impossible);
        }
    }

    /** @param q of the row */
    ExplainResponse explain(long q) {
        for (Selection.PartSelection chosen : selection.parts()) {
            response.addParts(explain(target.parts().get(chosen.part()), q));
        }
        return response.build();
    }

    private PartExplanation explain(PartPlan part, long q) {
        PartExplanation.Builder explanation =
                PartExplanation.newBuilder().setName(part.name()).setGroupBy(part.groupBy());
        EncodedKeys key = new EncodedKeys(target.keySets().get(part.keySet()));
        key.encode(keys);
        if (!key.isKeyed(0)) {
            return explanation.build();
        }
        byte[] bytes = new byte[key.length(0)];
        key.buffer().getBytes(0, bytes);
        explanation.setKey(ByteString.copyFrom(bytes)).setShard(KeyHash.shard(key.hash(0), view.shardCount()));
        GroupByView groupBy = view.groupBy(part.id());
        if (groupBy == null
                || groupBy.batchEndMs().isEmpty()
                || groupBy.batchEndMs().getAsLong() > q) {
            return explanation.build();
        }
        long batchEndMs = groupBy.batchEndMs().getAsLong();
        long asked = part.plan().accuracy() == Accuracy.SNAPSHOT ? batchEndMs : q;
        KeyReader reader = groupBy.newKeyReader();
        long beganNs = System.nanoTime();
        reader.fold(key.buffer(), 0, key.length(0), key.hash(0), asked, new WindowFold(part.plan()));
        explanation.setNanos(System.nanoTime() - beganNs);
        ReadResult read = reader.read(key.buffer(), 0, key.length(0), key.hash(0));
        explanation.setRead(read.name());
        if (read == ReadResult.FOUND || read == ReadResult.KEY_FULL) {
            WindowTiles tiles = new WindowTiles(part.plan(), asked, batchEndMs, reader.base(), reader.live());
            for (int i = 0; i < part.plan().windows().size(); i++) {
                explanation.addWindows(tiles.explain(i));
            }
        }
        return explanation.build();
    }
}
