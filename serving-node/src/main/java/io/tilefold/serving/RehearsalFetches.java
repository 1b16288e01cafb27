package io.tilefold.serving;

import io.grpc.StatusRuntimeException;
import io.tilefold.core.key.KeyDecoder;
import io.tilefold.core.key.KeyEncoder;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.proto.serving.v1.FetchRequest;
import io.tilefold.store.GroupByView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a rehearsal asks: for each join and GroupBy (the first {@value #TARGETS_MAX}, joins before GroupBys) fetches of one row, of some, and of so many that workers answer them; three of four rows with
 * keys that the stores have, where they have some, the others with made-up ones. Outputs that external sources are asked for are left out.
 */
final class RehearsalFetches {
    static final int TARGETS_MAX = 16;
    private static final int KEYS = 64;
    private static final int SINGLE_ROWS = 24;
    private static final int SOME_ROWS = 10;
    private static final int SOME = 2;
    private static final int LARGE_ROWS_MAX = 1_000;
    private static final int MADE_UP_OF = 4;

    private final ServingConfig config;
    private final HostStores stores;

    private RehearsalFetches(ServingConfig config, HostStores stores) {
        this.config = config;
        this.stores = stores;
    }

    /** A round of fetches; the calling thread has entered the snapshot. Empty if nothing is served. */
    static List<byte[]> of(Snapshot snapshot, ServingConfig config) {
        RehearsalFetches fetches = new RehearsalFetches(config, snapshot.stores());
        Targets targets = snapshot.targets();
        List<List<byte[]>> ofTargets = Stream.concat(
                        targets.joins().served().values().stream(), targets.groupBys().served().values().stream())
                .limit(TARGETS_MAX)
                .map(fetches::of)
                .toList();
        List<byte[]> round = new ArrayList<>();
        int longest = ofTargets.stream().mapToInt(List::size).max().orElse(0);
        for (int i = 0; i < longest; i++) {
            for (List<byte[]> ofTarget : ofTargets) {
                if (i < ofTarget.size()) {
                    round.add(ofTarget.get(i));
                }
            }
        }
        return round;
    }

    private List<byte[]> of(TargetPlan target) {
        List<String> features = features(target);
        if (!target.externals().isEmpty() && features.isEmpty()) {
            return List.of();
        }
        int outputs = target.select(features).columns().length;
        int large =
                Math.min(Math.min(LARGE_ROWS_MAX, config.maxRows()), config.inlineValues() / Math.max(1, outputs) + 1);
        Rows rows = usable(target);
        List<byte[]> fetches = new ArrayList<>();
        fetches.add(fetch(target, features, rows, 0, 1)
                .setIncludeSchema(true)
                .build()
                .toByteArray());
        for (int i = 1; i < SINGLE_ROWS; i++) {
            fetches.add(fetch(target, features, rows, i, 1).build().toByteArray());
        }
        for (int i = 0; i < SOME; i++) {
            int count = Math.min(SOME_ROWS, config.maxRows());
            fetches.add(fetch(target, features, rows, i * count, count).build().toByteArray());
        }
        fetches.add(fetch(target, features, rows, 0, large).build().toByteArray());
        return fetches;
    }

    /** None: all. */
    private static List<String> features(TargetPlan target) {
        if (target.externals().isEmpty()) {
            return List.of();
        }
        return target.outputs().stream()
                .map(TargetOutput::name)
                .filter(name -> !Selection.of(target, List.of(name)).isExternal())
                .toList();
    }

    /** Rows with keys of the stores, unless the target takes those of some part as wrong: an int in the join may be a long in a part. */
    private Rows usable(TargetPlan target) {
        Rows real = new Rows(target.keys(), keysOfStore(target));
        try {
            for (int i = 0; i < KEYS; i++) {
                FetchMessage message = FetchMessage.parse(
                        fetch(target, List.of(), real, i, 1).build().toByteArray());
                var unused = RequestKeys.of(message, target);
            }
            return real;
        } catch (StatusRuntimeException wrong) {
            return new Rows(target.keys(), List.of());
        }
    }

    private FetchRequest.Builder fetch(TargetPlan target, List<String> features, Rows rows, int from, int count) {
        FetchRequest.Builder fetch = FetchRequest.newBuilder()
                .setRowCount(count)
                .setKnownSchemaId(target.schemaId())
                .addAllFeatures(features);
        if (target.target().isJoin()) {
            fetch.setJoin(target.name());
        } else {
            fetch.setGroupBy(target.name());
        }
        rows.addTo(fetch, from, count);
        return fetch;
    }

    /** Some keys of a part for each set of key columns; sets of more columns last. */
    private List<KeysOfSet> keysOfStore(TargetPlan target) {
        Map<Integer, KeysOfSet> ofSets = new HashMap<>();
        for (PartPlan part : target.parts()) {
            List<byte[]> keys = keysOfStores(part);
            if (!keys.isEmpty()) {
                ofSets.putIfAbsent(part.keySet(), new KeysOfSet(target.keySets().get(part.keySet()), keys));
            }
        }
        return ofSets.values().stream()
                .sorted(Comparator.comparingInt(set -> set.columns.length))
                .toList();
    }

    /** Those of all stores, in turns. */
    private List<byte[]> keysOfStores(PartPlan part) {
        List<List<byte[]>> ofStores = new ArrayList<>();
        for (HostStores.Mapped store : stores.list()) {
            GroupByView groupBy = store.view().groupBy(part.id());
            if (groupBy != null) {
                ofStores.add(groupBy.someKeys(KEYS));
            }
        }
        List<byte[]> keys = new ArrayList<>();
        for (int i = 0; i < KEYS && keys.size() < KEYS; i++) {
            for (List<byte[]> ofStore : ofStores) {
                if (i < ofStore.size()) {
                    keys.add(ofStore.get(i));
                }
            }
        }
        return keys;
    }

    /**
     * Keys that the stores have.
     *
     * @param columns which of the target's they are, in order
     */
    private record KeysOfSet(int[] columns, List<byte[]> encoded) {}

    /** The rows that are asked for, however many: encoded key columns. */
    private static final class Rows {
        private final Schema keys;
        private final List<KeysOfSet> real;

        Rows(Schema keys, List<KeysOfSet> real) {
            this.keys = keys;
            this.real = real;
        }

        void addTo(FetchRequest.Builder fetch, int from, int count) {
            Columns columns = new Columns(keys.fields());
            columns.begin(count);
            for (int row = 0; row < count; row++) {
                byte[][] values = row(from + row);
                for (int i = 0; i < columns.count(); i++) {
                    KeyDecoder.decode(new UnsafeBuffer(values[i]), 0, columns.at(row, i));
                }
            }
            for (int i = 0; i < columns.count(); i++) {
                fetch.addKeys(columns.toColumn(i));
            }
        }

        private byte[][] row(int row) {
            byte[][] values = new byte[keys.size()][];
            for (int i = 0; i < values.length; i++) {
                values[i] = madeUp(keys.field(i).type(), row);
            }
            if (row % MADE_UP_OF != 0) {
                for (KeysOfSet set : real) {
                    split(set.encoded.get(row % set.encoded.size()), set.columns, values);
                }
            }
            return values;
        }

        private static void split(byte[] key, int[] columns, byte[][] values) {
            UnsafeBuffer bytes = new UnsafeBuffer(key);
            int at = 0;
            for (int column : columns) {
                int length = KeyDecoder.columnLength(bytes, at);
                values[column] = new byte[length];
                bytes.getBytes(at, values[column]);
                at += length;
            }
        }

        private static byte[] madeUp(ValueType type, int row) {
            int number = row % Byte.MAX_VALUE;
            KeyEncoder encoder = new KeyEncoder().reset();
            if (type.isInteger()) {
                encoder.putLong(number);
            } else if (type.isFloating()) {
                encoder.putDouble(number);
            } else if (type == Scalar.BOOLEAN) {
                encoder.putBoolean(number % 2 == 0);
            } else if (type == Scalar.STRING) {
                encoder.putString("rehearsal " + number);
            } else {
                encoder.putBinary(new byte[] {(byte) number});
            }
            return encoder.toBytes();
        }
    }
}
