/* Masking at the speed of memory. This is mask.py, which says what it does, for where the core is compiled; one of them is imported. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

static PyObject *unmask(PyObject *module, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 4 || !PyBytes_CheckExact(args[0]) || !PyBytes_CheckExact(args[3]) || PyBytes_GET_SIZE(args[3]) != 4) {
        PyErr_SetString(PyExc_TypeError, "unmask(data: bytes, start: int, size: int, key: four bytes)");
        return NULL;
    }
    Py_ssize_t start = PyLong_AsSsize_t(args[1]);
    Py_ssize_t size = PyLong_AsSsize_t(args[2]);
    if ((start == -1 || size == -1) && PyErr_Occurred())
        return NULL;
    Py_ssize_t available = PyBytes_GET_SIZE(args[0]);
    if (start < 0 || size < 0 || start > available || size > available - start) {
        PyErr_Format(PyExc_ValueError, "%zd bytes from %zd on, there are %zd", size, start, available);
        return NULL;
    }
    PyObject *result = PyBytes_FromStringAndSize(NULL, size);
    if (result == NULL || size == 0) /* the empty bytes are shared */
        return result;

    const char *in = PyBytes_AS_STRING(args[0]) + start;
    const char *key = PyBytes_AS_STRING(args[3]);
    char *out = PyBytes_AS_STRING(result);
    uint32_t four;
    memcpy(&four, key, 4);
    uint64_t eight = ((uint64_t)four << 32) | four;
    Py_ssize_t at = 0;
    for (; at + 8 <= size; at += 8) { /* memcpy: loads and stores of any alignment, which compilers make vectors of */
        uint64_t word;
        memcpy(&word, in + at, 8);
        word ^= eight;
        memcpy(out + at, &word, 8);
    }
    for (; at < size; at++)
        out[at] = in[at] ^ key[at & 3];
    return result;
}

static PyMethodDef methods[] = {
    {"unmask", (PyCFunction)(void (*)(void))unmask, METH_FASTCALL,
     "unmask($module, data, start, size, key, /)\n--\n\n"
     "The *size* bytes of *data* from *start* on, XORed with *key*, whose first byte belongs to the first of them."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {
#ifdef Py_mod_gil
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "mask", NULL, 0, methods, slots, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_mask(void) { return PyModuleDef_Init(&module); }
