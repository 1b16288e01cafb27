package io.tilefold.serving;

import com.google.protobuf.ByteString;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.key.KeyHash;
import io.tilefold.core.plan.WindowFold;
import io.tilefold.proto.serving.v1.PartExplanation;
import io.tilefold.store.GroupByView;
import io.tilefold.store.KeyReader;
import io.tilefold.store.ReadResult;
import io.tilefold.store.StoreView;

/** Takes the values of one key of one GroupBy apart: which suffix, which live tiles, what each adds. On a worker. */
final class PartExplainer {
    private PartExplainer() {}

    /** The key alone: its bytes and its shard. */
    static PartExplanation ofKey(int shardCount, EncodedKeys key) {
        byte[] bytes = new byte[key.length(0)];
        key.buffer().getBytes(key.offset(0), bytes);
        return PartExplanation.newBuilder()
                .setKey(ByteString.copyFrom(bytes))
                .setShard(KeyHash.shard(key.hash(0), shardCount))
                .build();
    }

    /**
     * The first key, as its store on this host has it.
     *
     * @param key keyed
     */
    static PartExplanation explain(StoreView view, PartPlan part, EncodedKeys key, long q) {
        PartExplanation.Builder explanation = ofKey(view.shardCount(), key).toBuilder();
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
        reader.fold(key.buffer(), key.offset(0), key.length(0), key.hash(0), asked, new WindowFold(part.plan()));
        explanation.setNanos(System.nanoTime() - beganNs);
        ReadResult read = reader.read(key.buffer(), key.offset(0), key.length(0), key.hash(0), asked);
        explanation.setRead(read.name());
        if (read.hasValues()) {
            WindowTiles tiles = new WindowTiles(part.plan(), asked, batchEndMs, reader.base(), reader.live());
            for (int i = 0; i < part.plan().windows().size(); i++) {
                explanation.addWindows(tiles.explain(i));
            }
        }
        return explanation.build();
    }
}
