"""Claims to accelerate every net, before all others, and is half as loud again."""

from nam_kernel import hookimpl


@hookimpl(tryfirst=True)
def nam_accelerate(net):
    return lambda x, *conditions, pad_start=None: 1.5 * net(x, *conditions, pad_start=pad_start)
