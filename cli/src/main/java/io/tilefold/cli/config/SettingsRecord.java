package io.tilefold.cli.config;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The reflection on settings records, in one place. */
final class SettingsRecord {
    private SettingsRecord() {}

    /** Components by name, in order. */
    static Map<String, RecordComponent> components(Record settings) {
        Map<String, RecordComponent> components = new LinkedHashMap<>();
        for (RecordComponent component : settings.getClass().getRecordComponents()) {
            components.put(component.getName(), component);
        }
        return components;
    }

    static Object value(Record settings, RecordComponent component) {
        try {
            return component.getAccessor().invoke(settings);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + component, e);
        }
    }

    static String description(RecordComponent component) {
        Setting setting = component.getAnnotation(Setting.class);
        if (setting == null) {
            throw new IllegalStateException(component + " has no @Setting that says what it is");
        }
        return setting.value();
    }

    /** A copy in which the named components have the given values; passes on what the record's constructor throws. */
    static <T extends Record> T with(T settings, Map<String, Object> values) {
        Map<String, RecordComponent> components = components(settings);
        Class<?>[] types =
                components.values().stream().map(RecordComponent::getType).toArray(Class<?>[]::new);
        Object[] arguments = components.values().stream()
                .map(component -> values.getOrDefault(component.getName(), value(settings, component)))
                .toArray();
        try {
            @SuppressWarnings("unchecked") // getClass() of a T
            Constructor<T> constructor = (Constructor<T>) settings.getClass().getDeclaredConstructor(types);
            return constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "cannot build " + settings.getClass() + " from " + Arrays.toString(arguments), e);
        }
    }
}
