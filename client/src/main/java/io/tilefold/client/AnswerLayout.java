package io.tilefold.client;

import io.tilefold.core.value.Schema;
import io.tilefold.proto.serving.v1.AnswerSchema;
import io.tilefold.proto.serving.v1.FetchResponse;
import io.tilefold.proto.serving.v1.PartAnswer;
import io.tilefold.proto.serving.v1.PartSchema;
import java.util.List;

/**
 * What the columns and parts of a target's answers are, as its node told once. Immutable.
 *
 * @param schemaId content id
 * @param columns names of all outputs, in order
 */
record AnswerLayout(String schemaId, AnswerSchema schema, List<String> columns) {
    static AnswerLayout of(String schemaId, AnswerSchema schema) {
        return new AnswerLayout(
                schemaId,
                schema,
                schema.getOutputs().getFieldsList().stream()
                        .map(io.tilefold.proto.types.v1.Field::getName)
                        .toList());
    }

    /** What an answer carries itself: its schema, or at least the names of its columns. */
    static AnswerLayout within(FetchResponse response) {
        return of(response.getSchemaId(), response.getSchema());
    }

    PartSchema part(PartAnswer answer) {
        if (!answer.getName().isEmpty() || answer.getPart() >= schema.getPartsCount()) {
            return PartSchema.newBuilder()
                    .setName(answer.getName())
                    .setGroupBy(answer.getGroupBy())
                    .build();
        }
        return schema.getParts(answer.getPart());
    }

    /** @throws IllegalArgumentException naming the column whose type this client does not know */
    Schema outputs() {
        return SchemaReader.schema(schema.getOutputs());
    }
}
