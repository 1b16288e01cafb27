package io.tilefold.serving;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tilefold.proto.serving.v1.ExplainResponse;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.PartExplanation;
import io.tilefold.proto.serving.v1.Step;
import org.jspecify.annotations.Nullable;

/** Answers one row and says how: which version, which suffix, which live tiles, what each added, how long each step took. On a worker. */
final class Explainer {
    private final HostStores stores;
    private final TargetPlan target;
    private final Selection selection;
    private final RequestKeys keys;
    private final @Nullable RemoteFetch remote;
    private final ExplainResponse.Builder response = ExplainResponse.newBuilder();
    private long stepNs = System.nanoTime();

    /**
     * @param keys of one row
     * @param remote what other shard groups answered; null if nothing was asked of them
     */
    Explainer(
            HostStores stores, TargetPlan target, Selection selection, RequestKeys keys, @Nullable RemoteFetch remote) {
        this.remote = remote;
        this.stores = stores;
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
        key.locate(stores, 1);
        if (!key.isKeyed(0)) {
            return explanation.build();
        }
        RemotePart elsewhere = remote == null ? null : remote.part(part.index());
        if (elsewhere != null && elsewhere.has(0)) {
            return explanation
                    .mergeFrom(PartExplainer.ofKey(stores.shardCount(), key))
                    .mergeFrom(elsewhere.explanation(0))
                    .build();
        }
        int place = key.place(0);
        if (place == HostStores.ELSEWHERE) { // its store was lost since others were asked
            return explanation
                    .mergeFrom(PartExplainer.ofKey(stores.shardCount(), key))
                    .build();
        }
        if (stores.places() > 1) {
            explanation.setShardGroup(stores.view(place).shardGroup());
        }
        return explanation
                .mergeFrom(PartExplainer.explain(stores.view(place), part, key, q))
                .build();
    }
}
