package io.tilefold.compiler.reader;

import io.tilefold.compiler.yaml.YamlObject;
import io.tilefold.core.definition.MetaData;

/** Reads {@code metaData}. */
final class MetaDataReader {
    private MetaDataReader() {}

    static MetaData read(YamlObject definition) {
        return definition
                .optionalObject("metaData")
                .map(object -> {
                    MetaData data = new MetaData(
                            object.optionalString("team").orElse(""),
                            object.optionalString("description").orElse(""),
                            object.strings("tags"));
                    object.finish();
                    return data;
                })
                .orElse(MetaData.NONE);
    }
}
