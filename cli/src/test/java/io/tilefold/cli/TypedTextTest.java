package io.tilefold.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.client.StructValue;
import io.tilefold.client.TargetDescription;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TypedTextTest {
    private static final ValueType LEG = new StructType(List.of(
            new Field("to", Scalar.STRING),
            new Field("minutes", new ListType(Scalar.LONG)),
            new Field("late", Scalar.BOOLEAN)));
    private static final TargetDescription TARGET = new TargetDescription(
            "",
            Schema.of(new Field("origin", Scalar.STRING), new Field("number", Scalar.LONG)),
            Schema.of(
                    new Field("tag", Scalar.BINARY),
                    new Field("share", Scalar.FLOAT),
                    new Field("fare", Scalar.DOUBLE),
                    new Field("shares", new ListType(Scalar.FLOAT)),
                    new Field("seats", new MapType(Scalar.INT)),
                    new Field("legs", new ListType(LEG))),
            Schema.of());

    static Stream<Arguments> texts() {
        Map<String, @Nullable Object> leg = new LinkedHashMap<>();
        leg.put("to", "LAX");
        leg.put("minutes", Arrays.asList(3L, null));
        leg.put("late", null);
        return Stream.of(
                Arguments.of("origin", "[JFK", "[JFK"),
                Arguments.of("number", "-7", -7L),
                Arguments.of("tag", "01ff", new byte[] {1, -1}),
                Arguments.of("share", "0.5", 0.5f),
                Arguments.of("fare", "0.5", 0.5),
                Arguments.of("shares", "[0.5, null, 2, \"NaN\"]", Arrays.asList(0.5f, null, 2f, Float.NaN)),
                Arguments.of("shares", "null", null),
                Arguments.of("seats", "{\"first\": 8}", Map.of("first", 8L)),
                Arguments.of("legs", "[{\"minutes\": [3, null], \"to\": \"LAX\"}]", List.of(new StructValue(leg))),
                Arguments.of("what is this", "7", "7"));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void keysAreOfTheirTypes(String name, String text, @Nullable Object value) {
        assertThat(TypedText.keys(Map.of(name, text), TARGET).get(name)).isEqualTo(value);
    }

    @Test
    void whatIsPrintedCanBeTyped() throws IOException {
        List<Map<String, List<Float>>> value = List.of(Map.of("JFK", List.of(0.1f, Float.NEGATIVE_INFINITY)));
        ValueType type = new ListType(new MapType(new ListType(Scalar.FLOAT)));
        assertThat(TypedJson.read(AnswerValues.text(value), type)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "number | x                | key number=x is no long",
                "shares | 0.5              | key shares=0.5 is no JSON of list<float>: 0.5 is no list<float>",
                "shares | [0.5             | key shares=[0.5 is no JSON of list<float>: Unexpected end-of-input",
                "shares | [0.5] 7          | there is more behind its end",
                "shares | [\"half\"]       | half is no float",
                "seats  | {\"first\": 8.5} | 8.5 is no int",
                "seats  | {\"first\": [8]} | a list is no int",
                "legs   | [{\"from\": 1}]  | has no field from"
            })
    void whatIsNotOfTheTypeIsNamed(String name, String text, String message) {
        assertThatThrownBy(() -> TypedText.keys(Map.of(name, text), TARGET))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void rowsOfAFileAreOfTheirTypes(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(
                directory.resolve("keys.jsonl"),
                "{\"origin\":\"JFK\",\"number\":7,\"shares\":[0.5]}\n\n{\"origin\":null,\"number\":8,\"shares\":null}\n");
        Map<String, @Nullable Object> second = new LinkedHashMap<>();
        second.put("origin", null);
        second.put("number", 8L);
        second.put("shares", null);
        assertThat(KeyFile.read(file, TARGET))
                .containsExactly(Map.of("origin", "JFK", "number", 7L, "shares", List.of(0.5f)), second);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"number\":\"7\"}          | keys.jsonl:1: | key number: 7 is no long",
                "{\"where\":\"JFK\"}         | keys.jsonl:1: | neither a key nor a contextual field where, the keys are [origin, number]",
                "[]                          | keys.jsonl:1: | no JSON object",
                "{\"number\":7} {}          | keys.jsonl:1: | there is more behind its end"
            })
    void aWrongRowOfAFileIsNamed(String row, String where, String message, @TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("keys.jsonl"), row);
        assertThatThrownBy(() -> KeyFile.read(file, TARGET))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(where)
                .hasMessageContaining(message);
    }
}
