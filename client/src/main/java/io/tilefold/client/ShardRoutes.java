package io.tilefold.client;

import io.grpc.stub.StreamObserver;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.key.KeyHash;
import io.tilefold.proto.serving.v1.DescribeTargetRequest;
import io.tilefold.proto.serving.v1.DescribeTargetResponse;
import io.tilefold.proto.serving.v1.FeatureServiceGrpc.FeatureServiceStub;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.proto.serving.v1.GetShardMapRequest;
import io.tilefold.proto.serving.v1.PartDescription;
import io.tilefold.proto.types.v1.Column;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes have the shortest way to a fetch's keys: those of the shard group that owns most of them. Learns the shard map and the targets' keys beside the fetches, which
 * wait for neither: any node answers any fetch. Thread safe.
 */
final class ShardRoutes {
    /** Rows that are looked at: more of them seldom change which group has most. */
    private static final int ROWS_LOOKED_AT = 64;

    private static final long LEARN_TIMEOUT_MS = 2_000;

    private final Map<DescribeTargetRequest, List<List<String>>> keysOfTargets = new ConcurrentHashMap<>();
    private final Set<Object> learning = ConcurrentHashMap.newKeySet();
    private volatile @Nullable ShardMap map;

    /** Names the map that the client goes by, so that the answer says if there is another. */
    void ask(FetchRequest.Builder request) {
        ShardMap known = map;
        if (known != null) {
            request.setKnownShardMap(known.id());
        }
    }

    /**
     * Serving nodes of the group that owns most of the keys; empty if that is not known, or all nodes are as near.
     *
     * @param node to learn from what is not known yet
     */
    List<String> nearest(FetchRequest request, FeatureServiceStub node) {
        ShardMap known = map;
        if (known == null) {
            learnMap(node);
            return List.of();
        }
        if (known.groups().size() < 2) {
            return List.of();
        }
        DescribeTargetRequest target = request.hasJoin()
                ? DescribeTargetRequest.newBuilder().setJoin(request.getJoin()).build()
                : DescribeTargetRequest.newBuilder()
                        .setGroupBy(request.getGroupBy())
                        .build();
        List<List<String>> keys = keysOfTargets.get(target);
        if (keys == null) {
            learnKeys(target, node);
            return List.of();
        }
        return nodesOfMost(known, keys, request);
    }

    /** An answer came from a node that goes by another map. */
    void changed(FeatureServiceStub node) {
        learnMap(node);
        keysOfTargets.clear();
    }

    private static List<String> nodesOfMost(ShardMap known, List<List<String>> keysOfParts, FetchRequest request) {
        Map<String, Column> columns = new HashMap<>();
        request.getKeysList().forEach(column -> columns.put(column.getName(), column));
        Map<ShardMap.Group, Integer> votes = new HashMap<>();
        KeyEncoder key = new KeyEncoder();
        for (int row = 0; row < Math.min(request.getRowCount(), ROWS_LOOKED_AT); row++) {
            for (List<String> keys : keysOfParts) {
                if (encode(columns, keys, row, key)) {
                    known.groupOf(KeyHash.shard(key.hash(), known.shardCount()))
                            .ifPresent(group -> votes.merge(group, 1, Integer::sum));
                }
            }
        }
        return votes.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .map(most -> most.getKey().servingNodes())
                .orElse(List.of());
    }

    /** False if a column is missing or null: no key, or no request that a node takes. */
    private static boolean encode(Map<String, Column> columns, List<String> keys, int row, KeyEncoder key) {
        key.reset();
        for (String name : keys) {
            Column column = columns.get(name);
            ColumnValues values = column == null ? null : new ColumnValues(column);
            Object value = values == null ? null : values.get(row);
            if (value instanceof Long number) {
                key.putLong(number);
            } else if (value instanceof String text) {
                key.putString(text);
            } else if (value instanceof Boolean truth) {
                key.putBoolean(truth);
            } else if (value instanceof Float number) {
                key.putDouble(number);
            } else if (value instanceof Double number) {
                key.putDouble(number);
            } else if (value instanceof byte[] bytes) {
                key.putBinary(bytes);
            } else {
                return false;
            }
        }
        return true;
    }

    private void learnMap(FeatureServiceStub node) {
        if (learning.add(ShardMap.class)) {
            node.withDeadlineAfter(LEARN_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                    .getShardMap(
                            GetShardMapRequest.getDefaultInstance(),
                            new Learnt<>(ShardMap.class, answer -> map = ShardMap.of(answer)));
        }
    }

    private void learnKeys(DescribeTargetRequest target, FeatureServiceStub node) {
        if (learning.add(target)) {
            node.withDeadlineAfter(LEARN_TIMEOUT_MS, TimeUnit.MILLISECONDS)
                    .describeTarget(
                            target, new Learnt<>(target, answer -> keysOfTargets.put(target, keysOfParts(answer))));
        }
    }

    private static List<List<String>> keysOfParts(DescribeTargetResponse target) {
        return target.getPartsList().stream()
                .map(PartDescription::getKeyColumnsList)
                .map(keys -> List.<String>copyOf(keys))
                .toList();
    }

    /** Takes in what was asked beside a fetch; a failure is asked again with a later one. */
    private final class Learnt<T> implements StreamObserver<T> {
        private final Object what;
        private final Consumer<T> take;

        Learnt(Object what, Consumer<T> take) {
            this.what = what;
            this.take = take;
        }

        @Override
        public void onNext(T answer) {
            take.accept(answer);
        }

        @Override
        public void onError(Throwable failure) {
            learning.remove(what);
        }

        @Override
        public void onCompleted() {
            learning.remove(what);
        }
    }
}
