package io.tilefold.ingest.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.ingest.kafka.MutationEnvelope.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of an envelope, what is skipped, and what is refused. */
class MutationEnvelopeTest {
    private static final String BEFORE = "\"before\":{\"id\":1,\"name\":\"Ålesund \\\"}\",\"more\":[{}, {\"a\":{}}]}";
    private static final String AFTER = "\"after\": {\"id\":2}";
    private static final String SOURCE = "\"source\":{\"db\":\"x\",\"ts_ms\":981000000123,\"a\":{\"ts_ms\":7}}";

    private final MutationEnvelope envelope = new MutationEnvelope();

    @Test
    void fieldsComeInAnyOrderAmongOthersBareOrWrapped() throws Exception {
        List<String> fields =
                List.of(BEFORE, AFTER, SOURCE, "\"op\":\"u\"", "\"ts_ms\":9, \"transaction\":{\"before\":{},\"op\":7}");
        int orders = 0;
        for (List<String> order : permutations(fields)) {
            String bare = "{" + String.join(",", order) + "}";
            for (String value : List.of(
                    bare,
                    " " + bare + "\n",
                    "\uFEFF" + bare,
                    "{\"payload\":" + bare + "}",
                    "{\"schema\":{\"op\":\"t\",\"fields\":[{\"field\":\"before\"}]}, \"payload\": " + bare + "}",
                    "{\"payload\":" + bare + ",\"schema\":null}")) {
                assertThat(read(value)).as(value).isTrue();
                assertThat(envelope.kind()).isEqualTo(Kind.UPDATE);
                assertThat(envelope.timeMs()).isEqualTo(981_000_000_123L);
                assertThat("\"before\":" + text(value, envelope.before())).isEqualTo(BEFORE);
                assertThat("\"after\": " + text(value, envelope.after())).isEqualTo(AFTER);
                assertThat(envelope.isBeforeMissing()).isFalse();
                orders++;
            }
        }
        assertThat(orders).isEqualTo(120 * 6);
    }

    @ParameterizedTest
    @CsvSource({"c,false,true", "u,true,true", "d,true,false"})
    void theOpSaysWhichImagesCount(String op, boolean hasBefore, boolean hasAfter) throws Exception {
        assertThat(read("{" + BEFORE + "," + AFTER + "," + SOURCE + ",\"op\":\"" + op + "\"}"))
                .isTrue();
        assertThat(envelope.before() != null).isEqualTo(hasBefore);
        assertThat(envelope.after() != null).isEqualTo(hasAfter);
        assertThat(envelope.isBeforeMissing()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"before\":null,"})
    void anUpdateOrDeleteWithoutBeforeIsOneAndAnInsertIsNot(String before) throws Exception {
        String rest = AFTER + "," + SOURCE + ",\"op\":";
        assertThat(read("{" + before + rest + "\"u\"}")).isTrue();
        assertThat(envelope.isBeforeMissing()).isTrue();
        assertThat(read("{" + before + rest + "\"d\"}")).isTrue();
        assertThat(envelope.isBeforeMissing()).isTrue();
        assertThat(read("{" + before + rest + "\"c\"}")).isTrue();
        assertThat(envelope.isBeforeMissing()).isFalse();
    }

    /** Whatever else they hold. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"op\":\"r\"}",
                "{\"op\":\"r\",\"before\":null,\"after\":{\"id\":1},\"source\":{\"ts_ms\":null}}",
                "{\"op\":\"m\",\"source\":{\"ts_ms\":1},\"message\":{\"prefix\":\"p\",\"content\":\"\"}}",
                "{\"schema\":{},\"payload\":{\"op\":\"r\"}}"
            })
    void whatIsNoMutationIsSkipped(String value) throws Exception {
        assertThat(read(value)).isFalse();
    }

    @Test
    void tombstonesAreSkipped() throws Exception {
        assertThat(envelope.read(null)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | not a JSON object but empty",
                "not json | malformed JSON",
                "[] | not a JSON object but an array",
                "{\"op\":\"r\"} {} | more than one JSON object",
                "{\"op\":\"c\",\"after\":{\"id\":1 | malformed JSON",
                "{\"op\":\"c\",\"after\":{\"id\":} } | malformed JSON, byte",
                "{\"id\":1} | no op: Debezium's envelope is expected",
                "{\"op\":null} | no op",
                "{\"op\":7} | field op is no string but 7",
                "{\"op\":\"x\",\"source\":{\"ts_ms\":1}} | op x is unknown",
                "{\"op\":\"\"} | op  is unknown",
                "{\"op\":\"t\",\"before\":null,\"after\":null,\"source\":{\"ts_ms\":1}} | op t: the table was truncated",
                "{\"op\":\"c\",\"after\":{}} | no source.ts_ms",
                "{\"op\":\"c\",\"after\":{},\"ts_ms\":1,\"source\":{}} | no source.ts_ms",
                "{\"op\":\"c\",\"after\":{},\"source\":null} | no source.ts_ms",
                "{\"op\":\"c\",\"after\":{},\"source\":{\"ts_ms\":null}} | no source.ts_ms",
                "{\"op\":\"c\",\"after\":{},\"source\":{\"ts_ms\":\"1\"}} | field source.ts_ms is a string",
                "{\"op\":\"c\",\"after\":{},\"source\":{\"ts_ms\":1.5}} | field source.ts_ms is 1.5",
                "{\"op\":\"c\",\"after\":{},\"source\":{\"ts_ms\":99999999999999999999}} | field source.ts_ms is 99999999999999999999",
                "{\"op\":\"c\",\"after\":{},\"source\":[]} | field source is no object but an array",
                "{\"op\":\"c\",\"source\":{\"ts_ms\":1}} | op c without after",
                "{\"op\":\"c\",\"before\":{},\"after\":null,\"source\":{\"ts_ms\":1}} | op c without after",
                "{\"op\":\"u\",\"before\":{},\"source\":{\"ts_ms\":1}} | op u without after",
                "{\"op\":\"c\",\"after\":[1]} | field after is no object but an array",
                "{\"op\":\"d\",\"before\":\"x\"} | field before is no object but a string",
                "{\"op\":\"c\",\"op\":\"c\"} | field op appears twice",
                "{\"before\":null,\"before\":{}} | field before appears twice",
                "{\"after\":{},\"after\":null} | field after appears twice",
                "{\"source\":{},\"source\":{}} | field source appears twice",
                "{\"source\":{\"ts_ms\":1,\"ts_ms\":1}} | field source.ts_ms appears twice",
                "{\"op\":\"c\",\"payload\":{\"op\":\"c\"}} | field op appears twice",
                "{\"payload\":{\"payload\":{\"op\":\"c\"}}} | field payload appears twice",
                "{\"payload\":null} | field payload is no object but null"
            })
    void whatIsNoEnvelopeIsRefused(String value, String problem) {
        assertThatThrownBy(() -> read(value))
                .isInstanceOf(UndecodableException.class)
                .hasMessageContaining(problem);
    }

    @Test
    void otherEncodingsAreRefused() {
        byte[] value = ("{\"op\":\"c\"," + AFTER + "," + SOURCE + "}").getBytes(StandardCharsets.UTF_16LE);
        assertThatThrownBy(() -> envelope.read(value)).hasMessageContaining("not UTF-8");
    }

    /** One after the other in one envelope: nothing stays of the former. */
    @Test
    void nothingStaysOfTheFormer() throws Exception {
        assertThat(read("{" + BEFORE + "," + AFTER + "," + SOURCE + ",\"op\":\"u\"}"))
                .isTrue();
        assertThatThrownBy(() -> read("{\"op\":\"c\"," + AFTER + "}")).hasMessageContaining("no source.ts_ms");
        assertThatThrownBy(() -> read("{\"op\":\"u\"," + SOURCE + "}")).hasMessageContaining("without after");
        assertThatThrownBy(() -> read("{" + AFTER + "," + SOURCE + "}")).hasMessageContaining("no op");
    }

    private boolean read(String value) throws UndecodableException {
        return envelope.read(value.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(String value, @Nullable JsonSpan span) {
        JsonSpan there = Objects.requireNonNull(span);
        return new String(
                value.getBytes(StandardCharsets.UTF_8), there.offset(), there.length(), StandardCharsets.UTF_8);
    }

    private static List<List<String>> permutations(List<String> of) {
        if (of.isEmpty()) {
            return List.of(List.of());
        }
        List<List<String>> all = new ArrayList<>();
        for (String first : of) {
            List<String> rest = new ArrayList<>(of);
            rest.remove(first);
            for (List<String> tail : permutations(rest)) {
                List<String> order = new ArrayList<>(tail);
                order.add(0, first);
                all.add(order);
            }
        }
        return all;
    }
}
