package golbc

import (
	"encoding/json"
	"fmt"
	"strings"
)

// EnumValue is a generated enum: an integer that holds any value, and that names those of C.
type EnumValue interface {
	~int8 | ~uint8 | ~int16 | ~uint16 | ~int32 | ~uint32 | ~int64 | ~uint64
	fmt.Stringer
}

// UnknownEnum is the text of an enum's value that has no name.
func UnknownEnum[E ~int8 | ~uint8 | ~int16 | ~uint16 | ~int32 | ~uint32 | ~int64 | ~uint64](typeName string, value E) string {
	return fmt.Sprintf("%s(%d)", typeName, value)
}

// MarshalEnum is the name of a value as JSON, or the number of one that has none.
func MarshalEnum[E EnumValue](value E) ([]byte, error) {
	name := value.String()
	if strings.HasSuffix(name, ")") { // what UnknownEnum gives, and no name in C
		return fmt.Appendf(nil, "%d", value), nil
	}
	return json.Marshal(name)
}

// UnmarshalEnum reads the JSON of a value: the name of one of named, or a number.
func UnmarshalEnum[E EnumValue](data []byte, value *E, named ...E) error {
	if len(data) == 0 || data[0] != '"' {
		return unmarshalNumber(data, value)
	}
	var name string
	if err := json.Unmarshal(data, &name); err != nil {
		return err
	}
	for _, known := range named {
		if known.String() == name {
			*value = known
			return nil
		}
	}
	return fmt.Errorf("%q is no value of %T", name, *value)
}

func unmarshalNumber[E EnumValue](data []byte, value *E) error {
	if E(0)-1 > 0 {
		number := uint64(*value)
		if err := json.Unmarshal(data, &number); err != nil {
			return err
		}
		if uint64(E(number)) != number {
			return fmt.Errorf("%d does not fit in %T", number, *value)
		}
		*value = E(number)
		return nil
	}
	number := int64(*value)
	if err := json.Unmarshal(data, &number); err != nil {
		return err
	}
	if int64(E(number)) != number {
		return fmt.Errorf("%d does not fit in %T", number, *value)
	}
	*value = E(number)
	return nil
}
