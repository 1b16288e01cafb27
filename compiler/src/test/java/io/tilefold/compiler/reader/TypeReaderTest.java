package io.tilefold.compiler.reader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.core.value.Field;
import io.tilefold.core.value.ValueType;
import io.tilefold.core.value.ValueType.ListType;
import io.tilefold.core.value.ValueType.MapType;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.core.value.ValueType.StructType;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TypeReaderTest {
    @Test
    void readsWhatTypesPrint() {
        ValueType deep = new StructType(List.of(
                new Field("a", Scalar.LONG),
                new Field("b", new ListType(new MapType(new StructType(List.of(new Field("c", Scalar.BINARY))))))));

        assertThat(TypeReader.parse(deep.toString())).isEqualTo(deep);
        for (Scalar scalar : Scalar.values()) {
            assertThat(TypeReader.parse(scalar.toString())).isEqualTo(scalar);
        }
    }

    @Test
    void readsSparksNames() {
        assertThat(TypeReader.parse(" ARRAY< bigint > ")).isEqualTo(new ListType(Scalar.LONG));
        assertThat(TypeReader.parse("map<string, tinyint>")).isEqualTo(new MapType(Scalar.BYTE));
        assertThat(TypeReader.parse("smallint")).isEqualTo(Scalar.SHORT);
        assertThat(TypeReader.parse("integer")).isEqualTo(Scalar.INT);
        assertThat(TypeReader.parse("real")).isEqualTo(Scalar.FLOAT);
    }

    @Test
    void saysWhatIsWrong() {
        assertRefused("lnog", "did you mean long?");
        assertRefused("decimal(10,2)", "types are list<long>");
        assertRefused("map<int,int>", "maps have string keys");
        assertRefused("list<int", "a > is expected behind character 8");
        assertRefused("long long", "nothing is expected behind character 5");
        assertRefused("struct<a>", "a : is expected behind character 8");
        assertRefused("", "types are");
    }

    private static void assertRefused(String type, String message) {
        assertThatThrownBy(() -> TypeReader.parse(type))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
