package io.tilefold.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AnswerValuesTest {
    private static final byte[] BINARY = {1, -1};

    static Stream<Arguments> values() {
        Map<String, @Nullable Object> leg = new LinkedHashMap<>();
        leg.put("to", "LAX \"west\"");
        leg.put("delays", Arrays.asList(1.5, null));
        leg.put("late", true);
        return Stream.of(
                Arguments.of(null, "null"),
                Arguments.of(7L, "7"),
                Arguments.of(0.1f, "0.1"),
                Arguments.of(1e-7, "1.0E-7"),
                Arguments.of("a \"b\"", "a \"b\""),
                Arguments.of(BINARY, "01ff"),
                Arguments.of(List.of(), "[]"),
                Arguments.of(Arrays.asList(0.1f, null, 2f), "[0.1,null,2.0]"),
                Arguments.of(List.of(BINARY), "[\"01ff\"]"),
                Arguments.of(Map.of("JFK", List.of(3L)), "{\"JFK\":[3]}"),
                Arguments.of(leg, "{\"to\":\"LAX \\\"west\\\"\",\"delays\":[1.5,null],\"late\":true}"));
    }

    @ParameterizedTest
    @MethodSource("values")
    void readForPeople(@Nullable Object value, String text) {
        assertThat(AnswerValues.text(value)).isEqualTo(text);
    }
}
