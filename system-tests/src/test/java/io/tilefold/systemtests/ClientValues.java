package io.tilefold.systemtests;

import io.tilefold.testsupport.ModelStruct;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values of the slow model and of a client in one form: structs as maps, binary in hexadecimal. */
final class ClientValues {
    private ClientValues() {}

    static @Nullable Object of(@Nullable Object value) {
        if (value instanceof byte[] bytes) {
            return HexFormat.of().formatHex(bytes);
        }
        if (value instanceof ByteBuffer binary) {
            byte[] bytes = new byte[binary.remaining()];
            binary.duplicate().get(bytes);
            return of(bytes);
        }
        if (value instanceof ModelStruct struct) {
            return ofMap(struct.fields());
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> elements = new ArrayList<>();
            list.forEach(element -> elements.add(of(element)));
            return elements;
        }
        return value instanceof Map<?, ?> map ? ofMap(map) : value;
    }

    static <K> Map<K, @Nullable Object> ofMap(Map<K, ? extends @Nullable Object> map) {
        Map<K, @Nullable Object> entries = new LinkedHashMap<>();
        map.forEach((key, entry) -> entries.put(key, of(entry)));
        return entries;
    }
}
