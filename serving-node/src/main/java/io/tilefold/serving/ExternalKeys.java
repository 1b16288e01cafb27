package io.tilefold.serving;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.proto.external.v1.LookupRequest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The distinct keys that one request asks one external source for, whichever parts and rows they come from. Confined to one thread. */
final class ExternalKeys {
    /** For {@link #add}: the row has a null in its key. */
    static final int NULL_KEY = -1;

    private final Columns columns;
    private final Map<ByteBuffer, Integer> places = new HashMap<>();

    ExternalKeys(Schema keys) {
        this.columns = new Columns(keys.fields());
        columns.begin(0);
    }

    /** Adds the keys of all rows of a part; returns each row's place among the distinct keys, or {@link #NULL_KEY}. */
    int[] add(ExternalPlan plan, RequestKeys request) {
        int[] keyColumns =
                plan.keyColumns().stream().mapToInt(Integer::intValue).toArray();
        EncodedKeys encoded = new EncodedKeys(keyColumns);
        encoded.encode(request);
        KeyColumn[] values = Arrays.stream(keyColumns).mapToObj(request::column).toArray(KeyColumn[]::new);
        for (KeyColumn column : values) {
            column.rewind();
        }
        int[] placeOf = new int[request.rows()];
        for (int row = 0; row < placeOf.length; row++) {
            int known = places.size();
            placeOf[row] = encoded.isKeyed(row) ? places.computeIfAbsent(bytes(encoded, row), key -> known) : NULL_KEY;
            for (int i = 0; i < values.length; i++) {
                if (placeOf[row] == known) {
                    values[i].replay(row, columns.at(known, i));
                } else {
                    values[i].skip();
                }
            }
        }
        return placeOf;
    }

    private static ByteBuffer bytes(EncodedKeys encoded, int row) {
        byte[] key = new byte[encoded.length(row)];
        encoded.buffer().getBytes(encoded.offset(row), key);
        return ByteBuffer.wrap(key);
    }

    boolean isEmpty() {
        return places.isEmpty();
    }

    int size() {
        return places.size();
    }

    LookupRequest request(String source, List<Field> values) {
        LookupRequest.Builder request =
                LookupRequest.newBuilder().setSource(source).setRowCount(places.size());
        for (int i = 0; i < columns.count(); i++) {
            request.addKeys(columns.toColumn(i));
        }
        List<String> names = new ArrayList<>();
        values.forEach(value -> names.add(value.name()));
        return request.addAllValues(names).build();
    }
}
